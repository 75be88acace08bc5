-- Whether both sides of a table hold the same after a cycle's writes, and which records do not.
ALTER TABLE sync_run_history ADD COLUMN certificate jsonb;
CREATE INDEX sync_run_history_certificate_idx ON sync_run_history (entity, id) WHERE certificate IS NOT NULL;

-- What is stale, and whether somebody was told.
CREATE TABLE sync_alerts (
  entity text NOT NULL,
  direction text NOT NULL,
  seen_at timestamptz NOT NULL,
  told_at timestamptz,
  PRIMARY KEY (entity, direction)
);
