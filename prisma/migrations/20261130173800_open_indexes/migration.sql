-- For the dashboard, which counts what is open every second, among all that was closed.
CREATE INDEX sync_conflicts_open_idx ON sync_conflicts (detected_at) WHERE resolved_at IS NULL;
CREATE INDEX creation_intents_open_idx ON creation_intents (started_at) WHERE closed_at IS NULL;
