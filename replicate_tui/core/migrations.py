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
)
"""Entry n brings the file from version n to n + 1; the file's `user_version` says how many have run."""
