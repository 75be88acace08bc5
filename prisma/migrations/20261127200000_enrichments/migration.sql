-- What others were asked about a row, what they said, and what of it we filled in: a value that a person
-- changed or cleared since is none of ours any more.
CREATE TABLE enrichments (
  entity text NOT NULL,
  record_id uuid NOT NULL,
  -- The row's title or address, and what else told candidates apart, when it was asked.
  asked text NOT NULL,
  hints text NOT NULL,
  outcome text NOT NULL,
  provider_id text,
  filled jsonb NOT NULL DEFAULT '{}',
  -- What somebody is to be told, by the run of which cycle.
  message text,
  cycle_id text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (entity, record_id)
);
CREATE INDEX enrichments_cycle_idx ON enrichments (cycle_id);

-- Which Gmail label a project has, and the name that we last gave it.
CREATE TABLE gmail_labels (
  account text NOT NULL,
  project_id uuid NOT NULL,
  label_id text NOT NULL,
  name text NOT NULL,
  -- Whether we made it, or found it.
  made boolean NOT NULL,
  PRIMARY KEY (account, project_id)
);
