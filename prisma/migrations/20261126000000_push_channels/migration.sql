-- Google's channels, each of which tells of changes in one calendar: two of a calendar while a new one takes over.
CREATE TABLE push_channels (
  id uuid PRIMARY KEY,
  account text NOT NULL,
  calendar_id text NOT NULL,
  -- Where Google posts to.
  address text NOT NULL,
  -- Whoever knows the token is Google; itself it is not kept.
  token_sha256 bytea NOT NULL,
  -- What Google calls that which is watched; null until it has answered.
  resource_id text,
  opened_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
