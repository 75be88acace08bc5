-- The Notion workspace and integration that this database is synced with. The first sync sets them.
CREATE TABLE sync_workspace (
  id boolean PRIMARY KEY DEFAULT true CHECK (id),
  workspace_id text,
  workspace_name text,
  bot_id text NOT NULL,
  bot_name text,
  since timestamptz NOT NULL DEFAULT now()
);
