"""How the database came to be: the scripts that make it, each taking over what the ones before it left."""

MIGRATIONS = (
    """
    CREATE TABLE predictions (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, model TEXT NOT NULL,
        version TEXT NOT NULL, input TEXT NOT NULL, created_at TEXT NOT NULL,
        token TEXT NOT NULL UNIQUE, streams INTEGER NOT NULL,
        status TEXT NOT NULL, output TEXT NOT NULL, error TEXT, logs TEXT NOT NULL, metrics TEXT NOT NULL,
        started_at TEXT, completed_at TEXT, deadline TEXT, source TEXT NOT NULL, webhook TEXT,
        webhook_events_filter TEXT NOT NULL, data_removed INTEGER NOT NULL, expires_at REAL
    );
    CREATE INDEX predictions_by_time ON predictions (created_at);
    CREATE INDEX predictions_active ON predictions (status) WHERE status IN ('starting', 'processing');
    CREATE INDEX predictions_due ON predictions (expires_at) WHERE expires_at IS NOT NULL;
    CREATE TABLE events (
        prediction_id TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, event TEXT NOT NULL,
        data TEXT NOT NULL, PRIMARY KEY (prediction_id, seq)
    ) WITHOUT ROWID;
    CREATE TABLE files (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
        content_type TEXT NOT NULL, size INTEGER NOT NULL, md5 TEXT NOT NULL, sha256 TEXT NOT NULL,
        metadata TEXT NOT NULL, created_at TEXT NOT NULL, expires_at REAL NOT NULL
    );
    CREATE TABLE run_counts (model TEXT PRIMARY KEY, runs INTEGER NOT NULL) WITHOUT ROWID;
    """,
    """
    ALTER TABLE predictions ADD COLUMN kind TEXT NOT NULL DEFAULT 'prediction';
    ALTER TABLE predictions ADD COLUMN deployment TEXT;
    ALTER TABLE predictions ADD COLUMN destination TEXT;
    ALTER TABLE predictions ADD COLUMN announced INTEGER NOT NULL DEFAULT 1;
    CREATE INDEX predictions_by_kind ON predictions (kind, seq);
    CREATE INDEX predictions_by_version ON predictions (version);
    CREATE INDEX predictions_unannounced ON predictions (announced) WHERE announced = 0;
    CREATE TABLE models (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, visibility TEXT NOT NULL,
        hardware TEXT NOT NULL, created_at TEXT NOT NULL, description TEXT, github_url TEXT, paper_url TEXT,
        license_url TEXT, cover_image_url TEXT, weights_url TEXT, readme TEXT
    );
    CREATE TABLE versions (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, model TEXT NOT NULL, base TEXT NOT NULL,
        created_at TEXT NOT NULL
    );
    CREATE INDEX versions_by_model ON versions (model);
    CREATE TABLE deployments (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, number INTEGER NOT NULL, model TEXT NOT NULL,
        version TEXT NOT NULL, hardware TEXT NOT NULL, min_instances INTEGER NOT NULL,
        max_instances INTEGER NOT NULL, created_at TEXT NOT NULL
    );
    CREATE TABLE settings (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, value TEXT NOT NULL);
    """,
)
