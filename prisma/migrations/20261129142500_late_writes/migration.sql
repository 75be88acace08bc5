-- Writes that got no answer and may still happen: when one arrives late, it is recognized as ours.
ALTER TABLE sync_state ADD COLUMN late_writes jsonb NOT NULL DEFAULT '[]';
