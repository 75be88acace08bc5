-- When somebody was told that a link waits: it is said once, not in every cycle.
ALTER TABLE pending_links ADD COLUMN reported_at timestamptz;
