-- What each cycle wrote, on which side, and what was there before: for `blame`, `diff` and `undo`.
CREATE TABLE sync_changes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  cycle_id text NOT NULL,
  entity text NOT NULL,
  record_id uuid NOT NULL,
  -- The side that was written.
  side text NOT NULL,
  -- Of what changed alone; null: the record was made.
  before jsonb,
  after jsonb,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sync_changes_cycle_idx ON sync_changes (cycle_id);
CREATE INDEX sync_changes_record_idx ON sync_changes (entity, record_id, id);
