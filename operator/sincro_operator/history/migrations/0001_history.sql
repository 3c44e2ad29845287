-- One row a SyncTask, written when it has ended; ids are the uids of the resources.
CREATE TABLE sync_tasks (
    id            text PRIMARY KEY,
    namespace     text NOT NULL,
    name          text NOT NULL,
    source        text NOT NULL,
    schedule      text,
    type          text NOT NULL,
    mode          text NOT NULL,
    mode_reason   text,
    priority      integer NOT NULL,
    user_id       text,
    requested_by  text GENERATED ALWAYS AS (user_id) STORED,
    triggered_by  text NOT NULL,
    retry_of      text,
    dry_run       boolean NOT NULL DEFAULT false,
    scheduled_at  timestamptz NOT NULL,
    started_at    timestamptz,
    completed_at  timestamptz,
    duration_ms   bigint,
    attempts      integer NOT NULL DEFAULT 0,
    max_attempts  integer NOT NULL DEFAULT 3,
    attempt_log   jsonb NOT NULL DEFAULT '[]',
    status        text NOT NULL,
    result        jsonb,
    error_class   text,
    error_code    text,
    error_message text,
    fingerprint   text,
    artifacts     jsonb,
    created_at    timestamptz NOT NULL,
    archived_at   timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX sync_tasks_status ON sync_tasks (status, completed_at DESC);
CREATE INDEX sync_tasks_type ON sync_tasks (namespace, source, type, completed_at DESC);
CREATE INDEX sync_tasks_scheduled ON sync_tasks (scheduled_at);
CREATE INDEX sync_tasks_user ON sync_tasks (user_id, completed_at DESC) WHERE user_id IS NOT NULL;
CREATE INDEX sync_tasks_fingerprint ON sync_tasks (fingerprint) WHERE fingerprint IS NOT NULL;

CREATE TABLE orchestrator_state (
    key        text PRIMARY KEY,
    value      text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);
