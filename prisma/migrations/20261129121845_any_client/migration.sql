-- The functions are replaced in the schema that holds them, whatever schema the migrating role has by now.
SELECT set_config('search_path', concat_ws(', ', quote_ident(n.nspname), nullif(current_setting('search_path'), '')), true)
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.oid = 'lockstep_note_edit()'::regprocedure;

-- The page id in a Notion id of any spelling, or in a page's URL. Any other text is returned unchanged.
-- In the URL of a page that is open beside its database, `p=` names the page.
CREATE FUNCTION lockstep_page_id(page_id text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN page_id LIKE 'sql:%' THEN page_id ELSE coalesce(
    substring(page_id FROM '[?&]p=([0-9A-Fa-f]{32})(?![0-9A-Fa-f])')::uuid::text,
    substring(btrim(page_id, E' \t\r\n')
      FROM '(?:^|[^0-9A-Fa-f])([0-9A-Fa-f]{8}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{12})(?=$|[?#&/])')::uuid::text,
    page_id) END
$$;

CREATE OR REPLACE FUNCTION lockstep_stamp_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.notion_page_id := coalesce(NEW.notion_page_id, 'sql:' || NEW.id);
    IF NOT lockstep_is_syncing() THEN
      NEW.notion_page_id := lockstep_page_id(NEW.notion_page_id);
      -- A temporary id that was already replaced by a page still means that page: its second INSERT
      -- meets the UNIQUE constraint, as it would have before. One that is being replaced is waited for.
      IF lockstep_is_chosen(NEW.notion_page_id, NEW.id) THEN
        PERFORM lockstep_lock_temporary(NEW.notion_page_id);
        NEW.notion_page_id := coalesce(
          (SELECT t.page_id FROM creation_intents t
           WHERE t.entity = TG_TABLE_NAME AND t.temporary_id = NEW.notion_page_id AND t.record_id <> NEW.id AND t.page_id IS NOT NULL
           ORDER BY t.started_at DESC LIMIT 1),
          NEW.notion_page_id);
      END IF;
      NEW.sql_local_last_edited_at := coalesce(NEW.sql_local_last_edited_at, clock_timestamp());
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.id <> OLD.id THEN
    RAISE EXCEPTION 'the id of a synced row does not change: insert a new row instead';
  END IF;
  IF NEW.notion_page_id <> OLD.notion_page_id THEN
    IF NOT lockstep_is_syncing() THEN
      NEW.notion_page_id := lockstep_page_id(NEW.notion_page_id);
    END IF;
    IF NEW.notion_page_id <> OLD.notion_page_id AND lockstep_is_chosen(OLD.notion_page_id, OLD.id) THEN
      PERFORM lockstep_lock_temporary(OLD.notion_page_id);
    END IF;
  END IF;
  IF lockstep_is_syncing() OR NEW IS NOT DISTINCT FROM OLD THEN
    RETURN NEW;
  END IF;
  IF NEW.sql_local_last_edited_at IS NOT DISTINCT FROM OLD.sql_local_last_edited_at THEN
    NEW.sql_local_last_edited_at := clock_timestamp();
  END IF;
  NEW.updated_at := clock_timestamp();
  RETURN NEW;
END
$$;

-- TRUNCATE fires no row triggers. A trigger before it still sees the rows, and records each as a DELETE does.
CREATE OR REPLACE FUNCTION lockstep_note_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF lockstep_is_syncing() THEN
    RETURN NULL;
  END IF;
  IF TG_OP = 'TRUNCATE' THEN
    EXECUTE format('INSERT INTO sync_outbox (entity, record_id) SELECT %L, id FROM %I.%I
      ON CONFLICT (entity, record_id) DO UPDATE SET seq = excluded.seq', TG_TABLE_NAME, TG_TABLE_SCHEMA, TG_TABLE_NAME);
    RETURN NULL;
  END IF;
  IF TG_OP = 'UPDATE' AND NEW IS NOT DISTINCT FROM OLD THEN
    RETURN NULL;
  END IF;
  INSERT INTO sync_outbox (entity, record_id)
  VALUES (TG_TABLE_NAME, CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END)
  ON CONFLICT (entity, record_id) DO UPDATE SET seq = excluded.seq;
  RETURN NULL;
END
$$;

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
  IF TG_OP = 'DELETE' THEN
    NEW := OLD;
  END IF;
  INSERT INTO sync_outbox (entity, record_id) VALUES ('calendar_' || NEW.calendar_type, NEW.id)
  ON CONFLICT (entity, record_id) DO UPDATE SET seq = excluded.seq;
  RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION lockstep_note_link() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  owners uuid[];
BEGIN
  IF lockstep_is_syncing() THEN
    RETURN NULL;
  END IF;
  IF TG_OP = 'TRUNCATE' THEN
    EXECUTE format('UPDATE %I SET sql_local_last_edited_at = clock_timestamp() WHERE id IN (SELECT %I FROM %I.%I)',
      TG_ARGV[0], TG_ARGV[1], TG_TABLE_SCHEMA, TG_TABLE_NAME);
    RETURN NULL;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    owners := owners || (to_jsonb(OLD) ->> TG_ARGV[1])::uuid;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    owners := owners || (to_jsonb(NEW) ->> TG_ARGV[1])::uuid;
  END IF;
  EXECUTE format('UPDATE %I SET sql_local_last_edited_at = clock_timestamp() WHERE id = ANY ($1)', TG_ARGV[0]) USING owners;
  RETURN NULL;
END
$$;

DO $do$
DECLARE
  trigger_function regprocedure;
  source record;
BEGIN
  -- Whatever search_path and rights a writer has, the triggers use Lockstep's own tables, with the rights of their owner.
  -- A role that could attach such a function to a table of its own would write with those rights.
  FOR trigger_function IN
    SELECT p.oid FROM pg_proc p
     WHERE p.pronamespace = quote_ident(current_schema())::regnamespace AND p.prorettype = 'trigger'::regtype AND p.proname LIKE 'lockstep\_%'
  LOOP
    EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = %I, pg_temp', trigger_function, current_schema());
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', trigger_function);
  END LOOP;
  -- Every table whose rows are recorded, those of added entities too; the arguments are those of its row trigger.
  FOR source IN
    SELECT t.tgrelid::regclass AS relation, substring(pg_get_triggerdef(t.oid) FROM 'EXECUTE FUNCTION .*$') AS call
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND t.tgname IN ('note_edit', 'note_link')
  LOOP
    EXECUTE format('CREATE TRIGGER note_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT %s', source.relation, source.call);
  END LOOP;
END
$do$;
