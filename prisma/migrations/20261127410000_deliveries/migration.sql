-- What the tools of the bot and of the MCP server have answered, so that a message delivered twice makes one row.
CREATE TABLE tool_deliveries (
  source text NOT NULL,
  key text NOT NULL,
  tool text NOT NULL,
  -- A hash of the tool's input: a key stands for one call.
  asked text NOT NULL,
  answer jsonb NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (source, key)
);
CREATE INDEX tool_deliveries_at_idx ON tool_deliveries (at);

-- The last number of each source and day, for temporary ids such as sql:telegram_20260204_001.
CREATE TABLE tool_serials (
  source text NOT NULL,
  day date NOT NULL,
  last integer NOT NULL,
  PRIMARY KEY (source, day)
);
