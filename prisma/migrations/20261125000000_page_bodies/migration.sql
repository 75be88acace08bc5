-- What stands on the page itself, as Markdown.
ALTER TABLE notes ADD COLUMN body text;
-- A view keeps the columns that its table had when it was made.
CREATE OR REPLACE VIEW active_notes AS SELECT * FROM notes WHERE archived_at IS NULL;

-- When the body was read, by Notion's clock: a body read in the minute of an edit may lack a later edit of that minute.
ALTER TABLE sync_state ADD COLUMN body_read_at timestamptz;
