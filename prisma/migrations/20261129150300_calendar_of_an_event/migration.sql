-- The function is replaced in the schema that holds it, whatever schema the migrating role has by now.
SELECT set_config('search_path', concat_ws(', ', quote_ident(n.nspname), nullif(current_setting('search_path'), '')), true)
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.oid = 'lockstep_note_event()'::regprocedure;

-- An event belongs to the calendar that it was synced with. When its calendar_type is changed, both calendars are told:
-- the one that holds the event sets it back.
CREATE OR REPLACE FUNCTION lockstep_note_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF lockstep_is_syncing() THEN
    RETURN NULL;
  END IF;
  IF TG_OP = 'TRUNCATE' THEN
    INSERT INTO sync_outbox (entity, record_id) SELECT 'calendar_' || e.calendar_type, e.id FROM calendar_events e
    ON CONFLICT (entity, record_id) DO UPDATE SET seq = excluded.seq;
    RETURN NULL;
  END IF;
  IF TG_OP = 'UPDATE' AND NEW IS NOT DISTINCT FROM OLD THEN
    RETURN NULL;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO sync_outbox (entity, record_id) VALUES ('calendar_' || OLD.calendar_type, OLD.id)
    ON CONFLICT (entity, record_id) DO UPDATE SET seq = excluded.seq;
  END IF;
  IF TG_OP = 'INSERT' OR TG_OP = 'UPDATE' AND NEW.calendar_type <> OLD.calendar_type THEN
    INSERT INTO sync_outbox (entity, record_id) VALUES ('calendar_' || NEW.calendar_type, NEW.id)
    ON CONFLICT (entity, record_id) DO UPDATE SET seq = excluded.seq;
  END IF;
  RETURN NULL;
END
$$;

DO $do$
BEGIN
  EXECUTE format('ALTER FUNCTION lockstep_note_event() SECURITY DEFINER SET search_path = %I, pg_temp', current_schema());
END
$do$;
