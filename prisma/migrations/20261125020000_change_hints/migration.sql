-- Says to whoever listens that an entity has something to send. Only a hint: it is told once for all that a
-- transaction wrote, when that commits, and the cycle finds the rows without it.
CREATE FUNCTION lockstep_hint_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('lockstep_edits', NEW.entity);
  RETURN NULL;
END
$$;

CREATE TRIGGER hint_edit AFTER INSERT OR UPDATE ON sync_outbox FOR EACH ROW
  WHEN (NOT lockstep_is_syncing()) EXECUTE FUNCTION lockstep_hint_edit();
