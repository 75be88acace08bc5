-- What the row holds in place of agreed values, where a trigger of the owner changed them when they were stored:
-- {"fields": {…}, "archived": …}. Null: the row holds the agreed values.
ALTER TABLE sync_state ADD COLUMN stored_values jsonb;
