-- The first changes of a cycle that wrote a million are read without the others.
DROP INDEX sync_changes_cycle_idx;
CREATE INDEX sync_changes_cycle_idx ON sync_changes (cycle_id, id);
