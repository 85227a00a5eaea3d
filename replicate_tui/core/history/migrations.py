"""The steps that bring a history file from each version to the next: data, and never changed once published."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE accounts (
            host TEXT NOT NULL, token TEXT NOT NULL, account TEXT NOT NULL,
            PRIMARY KEY (host, token)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE runs (
            host TEXT NOT NULL, account TEXT NOT NULL, id TEXT NOT NULL,
            kind TEXT NOT NULL, status TEXT NOT NULL, model TEXT NOT NULL, version TEXT NOT NULL,
            what TEXT NOT NULL, error TEXT NOT NULL, created_at REAL NOT NULL, started_at REAL, completed_at REAL,
            seconds REAL, progress REAL, files INTEGER NOT NULL, folder TEXT, removed INTEGER NOT NULL,
            seen_at REAL NOT NULL, raw TEXT NOT NULL, logs TEXT NOT NULL,
            PRIMARY KEY (host, account, id)
        )
        """,
        "CREATE INDEX runs_by_time ON runs (host, account, created_at DESC)",
        "CREATE INDEX runs_unfinished ON runs (host, account, created_at) WHERE completed_at IS NULL",
        """
        CREATE TABLE models (
            host TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL, run_count INTEGER NOT NULL,
            official INTEGER NOT NULL, seen_at REAL NOT NULL, raw TEXT NOT NULL,
            PRIMARY KEY (host, name)
        )
        """,
    ),
    (
        "ALTER TABLE runs ADD COLUMN asked TEXT NOT NULL DEFAULT ''",
        """
        CREATE TABLE versions (
            host TEXT NOT NULL, id TEXT NOT NULL, model TEXT NOT NULL, raw TEXT NOT NULL,
            PRIMARY KEY (host, id, model)
        )
        """,
        """
        CREATE TABLE drafts (
            host TEXT NOT NULL, model TEXT NOT NULL, version TEXT NOT NULL, kept_at REAL NOT NULL,
            options TEXT NOT NULL, raw TEXT NOT NULL,
            PRIMARY KEY (host, model)
        )
        """,
        """
        CREATE TABLE presets (
            host TEXT NOT NULL, model TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL,
            kept_at REAL NOT NULL, options TEXT NOT NULL, raw TEXT NOT NULL,
            PRIMARY KEY (host, model, name)
        )
        """,
        """
        CREATE TABLE tabs (
            host TEXT NOT NULL, model TEXT NOT NULL, tab TEXT NOT NULL, raw TEXT NOT NULL,
            PRIMARY KEY (host, model, tab)
        )
        """,
    ),
    (
        "ALTER TABLE runs RENAME TO runs_before",
        "DROP INDEX runs_by_time",
        "DROP INDEX runs_unfinished",
        """
        CREATE TABLE runs (
            number INTEGER PRIMARY KEY,
            host TEXT NOT NULL, account TEXT NOT NULL, id TEXT NOT NULL,
            kind TEXT NOT NULL, status TEXT NOT NULL, model TEXT NOT NULL, version TEXT NOT NULL,
            deployment TEXT NOT NULL DEFAULT '',
            what TEXT NOT NULL, error TEXT NOT NULL, created_at REAL NOT NULL, started_at REAL, completed_at REAL,
            seconds REAL, progress REAL, files INTEGER NOT NULL, folder TEXT, removed INTEGER NOT NULL,
            seen_at REAL NOT NULL, raw TEXT NOT NULL, logs TEXT NOT NULL,
            asked TEXT NOT NULL DEFAULT '', owner TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT '',
            tags TEXT NOT NULL DEFAULT '', revision INTEGER NOT NULL DEFAULT 0, writer TEXT NOT NULL DEFAULT '',
            UNIQUE (host, account, id)
        )
        """,
        """
        INSERT INTO runs (
            host, account, id, kind, status, model, version, deployment, what, error, created_at, started_at,
            completed_at, seconds, progress, files, folder, removed, seen_at, raw, logs, asked, owner
        )
        SELECT
            host, account, id, kind, status, model, version,
            CASE WHEN json_valid(raw) THEN coalesce(json_extract(raw, '$.deployment'), '') ELSE '' END,
            what, error, created_at, started_at, completed_at, seconds, progress, files, folder, removed, seen_at, raw,
            logs, asked, ''
        FROM runs_before
        """,
        "DROP TABLE runs_before",
        "CREATE INDEX runs_by_time ON runs (host, account, created_at DESC, id, status)",
        "CREATE INDEX runs_unfinished ON runs (host, account, created_at) WHERE completed_at IS NULL",
        "CREATE INDEX runs_by_model ON runs (host, account, model, created_at DESC)",
        "CREATE INDEX runs_by_revision ON runs (revision)",
        "CREATE TABLE revisions (value INTEGER NOT NULL)",
        "INSERT INTO revisions VALUES (0)",
        """
        CREATE VIRTUAL TABLE run_texts USING fts5 (
            model, prompt, output, error, tokenize = "unicode61 remove_diacritics 2", prefix = '2 3'
        )
        """,
        "INSERT INTO run_texts (rowid, model, prompt, output, error) SELECT number, model, what, '', error FROM runs",
        """
        CREATE TRIGGER run_gone AFTER DELETE ON runs BEGIN
            DELETE FROM run_texts WHERE rowid = old.number;
        END
        """,
        """
        CREATE TABLE leases (
            name TEXT PRIMARY KEY, holder TEXT NOT NULL, expires_at REAL NOT NULL
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE budgets (
            host TEXT NOT NULL, token TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL,
            PRIMARY KEY (host, token, kind)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE walks (
            host TEXT NOT NULL, account TEXT NOT NULL, top REAL NOT NULL, bottom REAL NOT NULL, cursor TEXT,
            PRIMARY KEY (host, account, top)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE hardware_seen (
            host TEXT NOT NULL, name TEXT NOT NULL, sku TEXT NOT NULL, seen_at REAL NOT NULL,
            PRIMARY KEY (host, name)
        ) WITHOUT ROWID
        """,
    ),
    (
        "ALTER TABLE runs ADD COLUMN source TEXT NOT NULL DEFAULT ''",
        """
        UPDATE runs SET source = 'web'
        WHERE CASE WHEN json_valid(raw) THEN json_extract(raw, '$.source') = 'web' ELSE 0 END
        """,
    ),
    (
        """
        CREATE TABLE releases_seen (
            host TEXT NOT NULL, deployment TEXT NOT NULL, number INTEGER NOT NULL, created_at TEXT NOT NULL,
            seen_at REAL NOT NULL, raw TEXT NOT NULL,
            PRIMARY KEY (host, deployment, number)
        ) WITHOUT ROWID
        """,
        """
        CREATE INDEX IF NOT EXISTS runs_by_deployment ON runs (host, account, deployment, created_at DESC)
        WHERE deployment != ''
        """,
    ),
    (
        """
        CREATE INDEX IF NOT EXISTS trainings_by_time ON runs (host, account, created_at DESC, id, status, kind)
        WHERE kind = 'training'
        """,
    ),
    (
        "ALTER TABLE runs ADD COLUMN made_from TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX IF NOT EXISTS runs_made_from ON runs (host, account, made_from) WHERE made_from != ''",
        "CREATE INDEX IF NOT EXISTS runs_noted ON runs (host, account, note, tags) WHERE note != '' OR tags != ''",
        """
        CREATE TABLE deleted_runs (
            host TEXT NOT NULL, account TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL,
            writer TEXT NOT NULL,
            PRIMARY KEY (host, account, id)
        ) WITHOUT ROWID
        """,
        "CREATE TABLE saved_filters (name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID",
    ),
    (
        "ALTER TABLE walks RENAME TO walks_before",
        """
        CREATE TABLE walks (
            host TEXT NOT NULL, account TEXT NOT NULL, kind TEXT NOT NULL, top REAL NOT NULL, bottom REAL NOT NULL,
            cursor TEXT,
            PRIMARY KEY (host, account, kind, top)
        ) WITHOUT ROWID
        """,
        "INSERT INTO walks SELECT host, account, 'prediction', top, bottom, cursor FROM walks_before",
        "DROP TABLE walks_before",
        """
        CREATE INDEX IF NOT EXISTS runs_by_what ON runs (host, account, lower(what), created_at DESC, id, status)
        """,
    ),
    (
        """
        CREATE TABLE favourites (
            host TEXT NOT NULL, model TEXT NOT NULL, since REAL NOT NULL,
            PRIMARY KEY (host, model)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE collections (
            host TEXT NOT NULL, slug TEXT NOT NULL, place INTEGER NOT NULL, name TEXT NOT NULL,
            description TEXT NOT NULL, models TEXT,
            PRIMARY KEY (host, slug)
        ) WITHOUT ROWID
        """,
    ),
)
"""Entry n brings the file from version n to n + 1; the file's `user_version` says how many have run."""
