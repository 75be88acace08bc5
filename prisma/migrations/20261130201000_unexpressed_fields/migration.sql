-- The fields of a page that hold more than their values say, such as colours: what is read before they are written.
-- Null: not known, since the page was not read since this column exists.
ALTER TABLE sync_state ADD COLUMN unexpressed text[];
