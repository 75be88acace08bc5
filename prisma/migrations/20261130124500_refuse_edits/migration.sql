-- Refuses an edit in SQL of the columns in its arguments, which only the sync writes.
CREATE FUNCTION lockstep_refuse_edit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  name text;
BEGIN
  IF lockstep_is_syncing() THEN
    RETURN NEW;
  END IF;
  FOREACH name IN ARRAY TG_ARGV LOOP
    IF to_jsonb(NEW) -> name IS DISTINCT FROM to_jsonb(OLD) -> name THEN
      RAISE EXCEPTION '%.% cannot be edited in SQL: Notion sets it', TG_TABLE_NAME, name
        USING ERRCODE = 'generated_always', TABLE = TG_TABLE_NAME, COLUMN = name,
        HINT = 'Edit the properties in Notion that it is computed from, or leave the column out of the UPDATE.';
    END IF;
  END LOOP;
  RETURN NEW;
END
$$;
