-- What the tables were made for: the hash of the definition that this database was migrated to.
CREATE TABLE sync_definition (
  id boolean PRIMARY KEY DEFAULT true CHECK (id),
  hash text NOT NULL,
  migrated_at timestamptz NOT NULL DEFAULT now()
);

-- The files of the owner's migrations/ that were applied.
CREATE TABLE sync_definition_migrations (
  name text PRIMARY KEY,
  applied_at timestamptz NOT NULL DEFAULT now()
);
