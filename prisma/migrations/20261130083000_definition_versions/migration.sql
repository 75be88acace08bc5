-- The entities that the database was migrated to: what another definition changes is known by comparison. Null: the
-- database was migrated before this column existed.
ALTER TABLE sync_definition ADD COLUMN entities jsonb;

-- The SHA-256 of an applied file, so that a later change of it is noticed. Null: it was applied before.
ALTER TABLE sync_definition_migrations ADD COLUMN sha256 text;

-- The functions are in the schema of the others, whatever schema the migrating role has by now.
SELECT set_config('search_path', concat_ws(', ', quote_ident(n.nspname), nullif(current_setting('search_path'), '')), true)
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.oid = 'lockstep_note_edit()'::regprocedure;

-- Renames an entity wherever Lockstep remembers it. Files of an owner's migrations/ call this after they renamed its table.
CREATE FUNCTION lockstep_rename_entity(old_name text, new_name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  keeps_entity text;
BEGIN
  FOREACH keeps_entity IN ARRAY ARRAY['sync_state', 'sync_outbox', 'creation_intents', 'pending_links', 'sync_sources',
    'sync_scan_seen', 'sync_refresh', 'sync_conflicts', 'sync_changes', 'sync_approvals', 'sync_archives', 'sync_alerts',
    'enrichments']
  LOOP
    EXECUTE format('UPDATE %I SET entity = $2 WHERE entity = $1', keeps_entity) USING old_name, new_name;
  END LOOP;
  UPDATE sync_run_history SET entity = new_name,
    sync_name = CASE WHEN starts_with(sync_name, replace(old_name, '_', '-') || '-')
      THEN replace(new_name, '_', '-') || substr(sync_name, length(old_name) + 1) ELSE sync_name END
    WHERE entity = old_name;
  UPDATE request_budget SET sent_for = array_replace(sent_for, old_name, new_name), waiting = waiting - old_name;
END
$$;

-- A JSON object in which a key has another name.
CREATE FUNCTION lockstep_rename_key(content jsonb, old_name text, new_name text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN content ? old_name THEN content - old_name || jsonb_build_object(new_name, content -> old_name) ELSE content END
$$;

-- The same in {"fields": {…}, …}.
CREATE FUNCTION lockstep_rename_in_fields(content jsonb, old_name text, new_name text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN content -> 'fields' ? old_name
    THEN jsonb_set(content, '{fields}', lockstep_rename_key(content -> 'fields', old_name, new_name)) ELSE content END
$$;

-- Renames a field of an entity wherever Lockstep remembers its value or its property.
CREATE FUNCTION lockstep_rename_field(of_entity text, old_name text, new_name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE sync_state s SET base = lockstep_rename_key(base, old_name, new_name),
    sending = lockstep_rename_in_fields(sending, old_name, new_name),
    stored_values = lockstep_rename_in_fields(stored_values, old_name, new_name),
    late_writes = (SELECT coalesce(jsonb_agg(lockstep_rename_in_fields(w.content, old_name, new_name) ORDER BY w.at), '[]')
      FROM jsonb_array_elements(s.late_writes) WITH ORDINALITY AS w(content, at))
    WHERE entity = of_entity;
  UPDATE creation_intents SET sent = lockstep_rename_key(sent, old_name, new_name) WHERE entity = of_entity;
  UPDATE pending_links SET field = new_name WHERE entity = of_entity AND field = old_name;
  UPDATE sync_sources SET properties = lockstep_rename_key(properties, old_name, new_name) WHERE entity = of_entity;
  UPDATE sync_conflicts SET base_version = lockstep_rename_key(base_version, old_name, new_name),
    notion_version = lockstep_rename_key(notion_version, old_name, new_name),
    sql_version = lockstep_rename_key(sql_version, old_name, new_name)
    WHERE entity = of_entity;
  UPDATE sync_changes SET before = lockstep_rename_key(before, old_name, new_name),
    after = lockstep_rename_key(after, old_name, new_name)
    WHERE entity = of_entity;
END
$$;

-- Replaced: the arguments of the trigger are columns that are not synced. An edit of those alone is not recorded.
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
  IF TG_NARGS > 0 AND to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV THEN
    RETURN NEW;
  END IF;
  IF NEW.sql_local_last_edited_at IS NOT DISTINCT FROM OLD.sql_local_last_edited_at THEN
    NEW.sql_local_last_edited_at := clock_timestamp();
  END IF;
  NEW.updated_at := clock_timestamp();
  RETURN NEW;
END
$$;

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
  IF TG_OP = 'UPDATE' AND TG_NARGS > 0 THEN
    IF to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV THEN
      RETURN NULL;
    END IF;
  END IF;
  INSERT INTO sync_outbox (entity, record_id)
  VALUES (TG_TABLE_NAME, CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END)
  ON CONFLICT (entity, record_id) DO UPDATE SET seq = excluded.seq;
  RETURN NULL;
END
$$;

-- Replacing a function resets these.
DO $do$
BEGIN
  EXECUTE format('ALTER FUNCTION lockstep_stamp_edit() SECURITY DEFINER SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION lockstep_note_edit() SECURITY DEFINER SET search_path = %I, pg_temp', current_schema());
END
$do$;
