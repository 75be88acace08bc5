-- The entity tables hold no foreign keys to one another: a deleted row comes back, with its links (docs/decisions/0003).
CREATE TABLE tags (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  notion_page_id text NOT NULL UNIQUE,
  name text NOT NULL DEFAULT '',
  type text,
  description text,
  parent_id uuid,
  notion_last_edited_at timestamptz,
  sql_local_last_edited_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  archived_at timestamptz
);
CREATE INDEX tags_notion_last_edited_at_idx ON tags (notion_last_edited_at);
CREATE INDEX tags_sql_local_last_edited_at_idx ON tags (sql_local_last_edited_at);

CREATE INDEX tags_parent_id_idx ON tags (parent_id);

CREATE TABLE tasks (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  notion_page_id text NOT NULL UNIQUE,
  title text NOT NULL DEFAULT '',
  status text DEFAULT 'Todo',
  priority text,
  due_date date,
  due_time time,
  project_id uuid,
  notes text,
  completed_at timestamptz,
  notion_last_edited_at timestamptz,
  sql_local_last_edited_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  archived_at timestamptz
);
CREATE INDEX tasks_notion_last_edited_at_idx ON tasks (notion_last_edited_at);
CREATE INDEX tasks_sql_local_last_edited_at_idx ON tasks (sql_local_last_edited_at);

CREATE INDEX tasks_project_id_idx ON tasks (project_id);

CREATE TABLE projects (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  notion_page_id text NOT NULL UNIQUE,
  name text NOT NULL DEFAULT '',
  status text DEFAULT 'Active',
  type text,
  description text,
  start_date date,
  target_date date,
  notion_last_edited_at timestamptz,
  sql_local_last_edited_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  archived_at timestamptz
);
CREATE INDEX projects_notion_last_edited_at_idx ON projects (notion_last_edited_at);
CREATE INDEX projects_sql_local_last_edited_at_idx ON projects (sql_local_last_edited_at);

CREATE TABLE goals (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  notion_page_id text NOT NULL UNIQUE,
  name text NOT NULL DEFAULT '',
  category text,
  progress double precision,
  target_date date,
  status text DEFAULT 'Active',
  notes text,
  notion_last_edited_at timestamptz,
  sql_local_last_edited_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  archived_at timestamptz
);
CREATE INDEX goals_notion_last_edited_at_idx ON goals (notion_last_edited_at);
CREATE INDEX goals_sql_local_last_edited_at_idx ON goals (sql_local_last_edited_at);

CREATE TABLE notes (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  notion_page_id text NOT NULL UNIQUE,
  title text NOT NULL DEFAULT '',
  content text,
  type text,
  project_id uuid,
  notion_last_edited_at timestamptz,
  sql_local_last_edited_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  archived_at timestamptz
);
CREATE INDEX notes_notion_last_edited_at_idx ON notes (notion_last_edited_at);
CREATE INDEX notes_sql_local_last_edited_at_idx ON notes (sql_local_last_edited_at);

CREATE INDEX notes_project_id_idx ON notes (project_id);

CREATE TABLE people (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  notion_page_id text NOT NULL UNIQUE,
  name text NOT NULL DEFAULT '',
  relationship text,
  email text,
  phone text,
  notes text,
  notion_last_edited_at timestamptz,
  sql_local_last_edited_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  archived_at timestamptz
);
CREATE INDEX people_notion_last_edited_at_idx ON people (notion_last_edited_at);
CREATE INDEX people_sql_local_last_edited_at_idx ON people (sql_local_last_edited_at);

CREATE TABLE media (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  notion_page_id text NOT NULL UNIQUE,
  title text NOT NULL DEFAULT '',
  type text,
  status text DEFAULT 'Plan to Watch',
  rating double precision,
  notes text,
  year double precision,
  tmdb_id double precision,
  poster_url text,
  notion_last_edited_at timestamptz,
  sql_local_last_edited_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  archived_at timestamptz
);
CREATE INDEX media_notion_last_edited_at_idx ON media (notion_last_edited_at);
CREATE INDEX media_sql_local_last_edited_at_idx ON media (sql_local_last_edited_at);

CREATE TABLE games (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  notion_page_id text NOT NULL UNIQUE,
  name text NOT NULL DEFAULT '',
  platform text,
  status text DEFAULT 'Backlog',
  rating double precision,
  hours_played double precision,
  notes text,
  rawg_id double precision,
  cover_url text,
  notion_last_edited_at timestamptz,
  sql_local_last_edited_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  archived_at timestamptz
);
CREATE INDEX games_notion_last_edited_at_idx ON games (notion_last_edited_at);
CREATE INDEX games_sql_local_last_edited_at_idx ON games (sql_local_last_edited_at);

CREATE TABLE system_upgrades (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  notion_page_id text NOT NULL UNIQUE,
  title text NOT NULL DEFAULT '',
  status text DEFAULT 'Idea',
  priority text,
  category text,
  description text,
  source text,
  project_plan_url text,
  associated_links text,
  notion_last_edited_at timestamptz,
  sql_local_last_edited_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  archived_at timestamptz
);
CREATE INDEX system_upgrades_notion_last_edited_at_idx ON system_upgrades (notion_last_edited_at);
CREATE INDEX system_upgrades_sql_local_last_edited_at_idx ON system_upgrades (sql_local_last_edited_at);

CREATE TABLE system_fixes (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  notion_page_id text NOT NULL UNIQUE,
  title text NOT NULL DEFAULT '',
  status text DEFAULT 'Reported',
  priority text,
  category text,
  description text,
  steps_to_reproduce text,
  affected_component text,
  source text,
  resolution_notes text,
  notion_last_edited_at timestamptz,
  sql_local_last_edited_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  archived_at timestamptz
);
CREATE INDEX system_fixes_notion_last_edited_at_idx ON system_fixes (notion_last_edited_at);
CREATE INDEX system_fixes_sql_local_last_edited_at_idx ON system_fixes (sql_local_last_edited_at);

CREATE TABLE task_tags (
  task_id uuid NOT NULL,
  tag_id uuid NOT NULL,
  PRIMARY KEY (task_id, tag_id)
);
CREATE INDEX task_tags_tag_id_idx ON task_tags (tag_id);

CREATE TABLE project_tags (
  project_id uuid NOT NULL,
  tag_id uuid NOT NULL,
  PRIMARY KEY (project_id, tag_id)
);
CREATE INDEX project_tags_tag_id_idx ON project_tags (tag_id);

CREATE TABLE goal_projects (
  goal_id uuid NOT NULL,
  project_id uuid NOT NULL,
  PRIMARY KEY (goal_id, project_id)
);
CREATE INDEX goal_projects_project_id_idx ON goal_projects (project_id);

CREATE TABLE note_tags (
  note_id uuid NOT NULL,
  tag_id uuid NOT NULL,
  PRIMARY KEY (note_id, tag_id)
);
CREATE INDEX note_tags_tag_id_idx ON note_tags (tag_id);

CREATE TABLE person_projects (
  person_id uuid NOT NULL,
  project_id uuid NOT NULL,
  PRIMARY KEY (person_id, project_id)
);
CREATE INDEX person_projects_project_id_idx ON person_projects (project_id);

CREATE TABLE person_tags (
  person_id uuid NOT NULL,
  tag_id uuid NOT NULL,
  PRIMARY KEY (person_id, tag_id)
);
CREATE INDEX person_tags_tag_id_idx ON person_tags (tag_id);

CREATE TABLE calendar_events (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  google_event_id text,
  calendar_type text NOT NULL DEFAULT 'personal' CHECK (calendar_type IN ('personal', 'work_readonly')),
  summary text,
  description text,
  location text,
  start_time timestamptz,
  end_time timestamptz,
  all_day boolean NOT NULL DEFAULT false,
  time_zone text,
  status text,
  source_task_id uuid,
  google_updated_at timestamptz,
  sql_local_last_edited_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  archived_at timestamptz
);
-- One event can be in both calendars, as when one invites oneself.
CREATE UNIQUE INDEX calendar_events_calendar_type_google_event_id_key ON calendar_events (calendar_type, google_event_id);
CREATE UNIQUE INDEX calendar_events_source_task_id_key ON calendar_events (source_task_id) WHERE archived_at IS NULL;
CREATE INDEX calendar_events_google_updated_at_idx ON calendar_events (google_updated_at);
CREATE INDEX calendar_events_sql_local_last_edited_at_idx ON calendar_events (sql_local_last_edited_at);

-- What a task and its event last agreed on, in the task's words.
CREATE TABLE task_events (
  task_id uuid PRIMARY KEY,
  event_id uuid,
  due_date date,
  due_time time,
  title text NOT NULL,
  notes text,
  dismissed boolean NOT NULL DEFAULT false
);

-- What both sides last agreed on: the base of the three-way comparison.
CREATE TABLE sync_state (
  entity text NOT NULL,
  record_id uuid NOT NULL,
  page_id text NOT NULL,
  base jsonb NOT NULL,
  archived boolean NOT NULL,
  trashed boolean NOT NULL,
  sending jsonb,
  status_before_archive text,
  sync_key text,
  page_created_at timestamptz NOT NULL,
  page_edited_at timestamptz NOT NULL,
  PRIMARY KEY (entity, record_id)
);
CREATE UNIQUE INDEX sync_state_entity_page_id_key ON sync_state (entity, page_id);

-- Rows edited in SQL that Notion has not been told of. `seq` grows with every edit, so that
-- clearing «as of seq» never loses an edit made meanwhile, whatever order transactions commit in.
CREATE SEQUENCE sync_outbox_seq;
CREATE TABLE sync_outbox (
  entity text NOT NULL,
  record_id uuid NOT NULL,
  seq bigint NOT NULL DEFAULT nextval('sync_outbox_seq'),
  PRIMARY KEY (entity, record_id)
);
CREATE INDEX sync_outbox_seq_idx ON sync_outbox (entity, seq);

-- Written before a page is created, so that a crash leaves a trace of what may exist in Notion.
CREATE TABLE creation_intents (
  entity text NOT NULL,
  record_id uuid NOT NULL,
  attempt integer NOT NULL DEFAULT 1,
  started_at timestamptz NOT NULL,
  closed_at timestamptz,
  sent jsonb NOT NULL,
  page_id text,
  temporary_id text,
  PRIMARY KEY (entity, record_id)
);
CREATE INDEX creation_intents_temporary_id_idx ON creation_intents (entity, temporary_id);

-- Links to pages that have no row yet; they become real when the page arrives.
CREATE TABLE pending_links (
  entity text NOT NULL,
  record_id uuid NOT NULL,
  field text NOT NULL,
  page_id text NOT NULL,
  PRIMARY KEY (entity, record_id, field, page_id)
);
CREATE INDEX pending_links_page_id_idx ON pending_links (page_id);

CREATE TABLE sync_sources (
  entity text PRIMARY KEY,
  configured_id text NOT NULL,
  data_source_id text NOT NULL,
  properties jsonb NOT NULL,
  sync_key_property text,
  watermark timestamptz,
  swept_at timestamptz,
  sync_token text,
  scan jsonb
);

-- Pages that the running full scan has met; what is left over was trashed, moved or unshared.
CREATE TABLE sync_scan_seen (
  entity text NOT NULL,
  page_id text NOT NULL,
  PRIMARY KEY (entity, page_id)
);

-- Pages to read again although no query will show them as edited.
CREATE TABLE sync_refresh (
  entity text NOT NULL,
  page_id text NOT NULL,
  PRIMARY KEY (entity, page_id)
);

-- Which folder of LOCKSTEP_PARA_ROOT each tag stands for: a renamed folder is told from a new one by its identity.
CREATE TABLE para_folders (
  record_id uuid PRIMARY KEY,
  identity text NOT NULL UNIQUE,
  parent_from_folder boolean NOT NULL DEFAULT false
);

CREATE TABLE sync_conflicts (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  entity text NOT NULL,
  record_id uuid NOT NULL,
  notion_page_id text,
  cycle_id text NOT NULL,
  detected_at timestamptz NOT NULL DEFAULT now(),
  winner text NOT NULL CHECK (winner IN ('notion', 'sql', 'google')),
  reason text NOT NULL,
  base_version jsonb,
  notion_version jsonb,
  sql_version jsonb,
  resolved_at timestamptz
);
CREATE INDEX sync_conflicts_record_idx ON sync_conflicts (entity, record_id);

CREATE TABLE sync_run_history (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  cycle_id text NOT NULL,
  sync_name text NOT NULL,
  entity text NOT NULL,
  direction text NOT NULL CHECK (direction IN ('inbound', 'outbound', 'trigger')),
  status text NOT NULL CHECK (status IN ('ok', 'partial', 'failed', 'skipped')),
  started_at timestamptz NOT NULL,
  finished_at timestamptz NOT NULL,
  duration_ms integer NOT NULL,
  records_processed integer NOT NULL DEFAULT 0,
  created integer NOT NULL DEFAULT 0,
  updated integer NOT NULL DEFAULT 0,
  archived integer NOT NULL DEFAULT 0,
  conflicts integer NOT NULL DEFAULT 0,
  api_requests integer NOT NULL DEFAULT 0,
  errors jsonb NOT NULL DEFAULT '[]',
  UNIQUE (cycle_id, sync_name)
);
CREATE INDEX sync_run_history_sync_name_idx ON sync_run_history (sync_name, finished_at);

-- One budget of requests for the whole deployment: when each of the last minute's was sent. It may be lost
-- in a crash of PostgreSQL: Notion's own answers overrule it.
CREATE UNLOGGED TABLE request_budget (
  api text PRIMARY KEY,
  sent_at timestamptz[] NOT NULL DEFAULT '{}',
  paused_until timestamptz NOT NULL DEFAULT '-infinity'
);

CREATE TABLE oauth_tokens (
  provider text NOT NULL,
  account text NOT NULL,
  refresh_token text NOT NULL,
  access_token text,
  expires_at timestamptz,
  scopes text[] NOT NULL DEFAULT '{}',
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (provider, account)
);

-- The sync says who it is for the length of a transaction: set_config('lockstep.sync', 'on', true).
CREATE FUNCTION lockstep_is_syncing() RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(current_setting('lockstep.sync', true), '') = 'on'
$$;

-- A temporary id that a writer chose itself, such as sql:telegram_42.
CREATE FUNCTION lockstep_is_chosen(page_id text, id uuid) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT page_id LIKE 'sql:%' AND page_id <> 'sql:' || id
$$;

CREATE FUNCTION lockstep_lock_temporary(page_id text) RETURNS void LANGUAGE sql AS $$
  SELECT pg_advisory_xact_lock(hashtextextended('lockstep temporary:' || page_id, 0))
$$;

CREATE FUNCTION lockstep_stamp_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.notion_page_id := coalesce(NEW.notion_page_id, 'sql:' || NEW.id);
    IF NOT lockstep_is_syncing() THEN
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
  IF NEW.notion_page_id <> OLD.notion_page_id AND lockstep_is_chosen(OLD.notion_page_id, OLD.id) THEN
    PERFORM lockstep_lock_temporary(OLD.notion_page_id);
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

CREATE FUNCTION lockstep_note_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF lockstep_is_syncing() OR (TG_OP = 'UPDATE' AND NEW IS NOT DISTINCT FROM OLD) THEN
    RETURN NULL;
  END IF;
  INSERT INTO sync_outbox (entity, record_id)
  VALUES (TG_TABLE_NAME, CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END)
  ON CONFLICT (entity, record_id) DO UPDATE SET seq = excluded.seq;
  RETURN NULL;
END
$$;

-- An event has no id of Notion's; each calendar's rows are an entity of their own.
CREATE FUNCTION lockstep_stamp_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.id <> OLD.id THEN
    RAISE EXCEPTION 'the id of a synced row does not change: insert a new row instead';
  END IF;
  IF lockstep_is_syncing() OR (TG_OP = 'UPDATE' AND NEW IS NOT DISTINCT FROM OLD) THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    NEW.sql_local_last_edited_at := coalesce(NEW.sql_local_last_edited_at, clock_timestamp());
  ELSE
    IF NEW.sql_local_last_edited_at IS NOT DISTINCT FROM OLD.sql_local_last_edited_at THEN
      NEW.sql_local_last_edited_at := clock_timestamp();
    END IF;
    NEW.updated_at := clock_timestamp();
  END IF;
  RETURN NEW;
END
$$;

CREATE FUNCTION lockstep_note_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF lockstep_is_syncing() OR (TG_OP = 'UPDATE' AND NEW IS NOT DISTINCT FROM OLD) THEN
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

-- A link added or removed is an edit of the row that owns it.
CREATE FUNCTION lockstep_note_link() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  owners uuid[];
BEGIN
  IF lockstep_is_syncing() THEN
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

CREATE TRIGGER stamp_edit BEFORE INSERT OR UPDATE ON tags FOR EACH ROW EXECUTE FUNCTION lockstep_stamp_edit();
CREATE TRIGGER note_edit AFTER INSERT OR UPDATE OR DELETE ON tags FOR EACH ROW EXECUTE FUNCTION lockstep_note_edit();
CREATE TRIGGER stamp_edit BEFORE INSERT OR UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION lockstep_stamp_edit();
CREATE TRIGGER note_edit AFTER INSERT OR UPDATE OR DELETE ON tasks FOR EACH ROW EXECUTE FUNCTION lockstep_note_edit();
CREATE TRIGGER stamp_edit BEFORE INSERT OR UPDATE ON projects FOR EACH ROW EXECUTE FUNCTION lockstep_stamp_edit();
CREATE TRIGGER note_edit AFTER INSERT OR UPDATE OR DELETE ON projects FOR EACH ROW EXECUTE FUNCTION lockstep_note_edit();
CREATE TRIGGER stamp_edit BEFORE INSERT OR UPDATE ON goals FOR EACH ROW EXECUTE FUNCTION lockstep_stamp_edit();
CREATE TRIGGER note_edit AFTER INSERT OR UPDATE OR DELETE ON goals FOR EACH ROW EXECUTE FUNCTION lockstep_note_edit();
CREATE TRIGGER stamp_edit BEFORE INSERT OR UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION lockstep_stamp_edit();
CREATE TRIGGER note_edit AFTER INSERT OR UPDATE OR DELETE ON notes FOR EACH ROW EXECUTE FUNCTION lockstep_note_edit();
CREATE TRIGGER stamp_edit BEFORE INSERT OR UPDATE ON people FOR EACH ROW EXECUTE FUNCTION lockstep_stamp_edit();
CREATE TRIGGER note_edit AFTER INSERT OR UPDATE OR DELETE ON people FOR EACH ROW EXECUTE FUNCTION lockstep_note_edit();
CREATE TRIGGER stamp_edit BEFORE INSERT OR UPDATE ON media FOR EACH ROW EXECUTE FUNCTION lockstep_stamp_edit();
CREATE TRIGGER note_edit AFTER INSERT OR UPDATE OR DELETE ON media FOR EACH ROW EXECUTE FUNCTION lockstep_note_edit();
CREATE TRIGGER stamp_edit BEFORE INSERT OR UPDATE ON games FOR EACH ROW EXECUTE FUNCTION lockstep_stamp_edit();
CREATE TRIGGER note_edit AFTER INSERT OR UPDATE OR DELETE ON games FOR EACH ROW EXECUTE FUNCTION lockstep_note_edit();
CREATE TRIGGER stamp_edit BEFORE INSERT OR UPDATE ON system_upgrades FOR EACH ROW EXECUTE FUNCTION lockstep_stamp_edit();
CREATE TRIGGER note_edit AFTER INSERT OR UPDATE OR DELETE ON system_upgrades FOR EACH ROW EXECUTE FUNCTION lockstep_note_edit();
CREATE TRIGGER stamp_edit BEFORE INSERT OR UPDATE ON system_fixes FOR EACH ROW EXECUTE FUNCTION lockstep_stamp_edit();
CREATE TRIGGER note_edit AFTER INSERT OR UPDATE OR DELETE ON system_fixes FOR EACH ROW EXECUTE FUNCTION lockstep_note_edit();
CREATE TRIGGER stamp_edit BEFORE INSERT OR UPDATE ON calendar_events FOR EACH ROW EXECUTE FUNCTION lockstep_stamp_event();
CREATE TRIGGER note_edit AFTER INSERT OR UPDATE OR DELETE ON calendar_events FOR EACH ROW EXECUTE FUNCTION lockstep_note_event();
CREATE TRIGGER note_link AFTER INSERT OR UPDATE OR DELETE ON task_tags FOR EACH ROW EXECUTE FUNCTION lockstep_note_link('tasks', 'task_id');
CREATE TRIGGER note_link AFTER INSERT OR UPDATE OR DELETE ON project_tags FOR EACH ROW EXECUTE FUNCTION lockstep_note_link('projects', 'project_id');
CREATE TRIGGER note_link AFTER INSERT OR UPDATE OR DELETE ON goal_projects FOR EACH ROW EXECUTE FUNCTION lockstep_note_link('goals', 'goal_id');
CREATE TRIGGER note_link AFTER INSERT OR UPDATE OR DELETE ON note_tags FOR EACH ROW EXECUTE FUNCTION lockstep_note_link('notes', 'note_id');
CREATE TRIGGER note_link AFTER INSERT OR UPDATE OR DELETE ON person_projects FOR EACH ROW EXECUTE FUNCTION lockstep_note_link('people', 'person_id');
CREATE TRIGGER note_link AFTER INSERT OR UPDATE OR DELETE ON person_tags FOR EACH ROW EXECUTE FUNCTION lockstep_note_link('people', 'person_id');

CREATE VIEW active_tags AS SELECT * FROM tags WHERE archived_at IS NULL;
CREATE VIEW active_tasks AS SELECT * FROM tasks WHERE archived_at IS NULL AND coalesce(status, '') NOT IN ('Cancelled', 'Done');
CREATE VIEW active_projects AS SELECT * FROM projects WHERE archived_at IS NULL AND status IS DISTINCT FROM 'Archived';
CREATE VIEW active_goals AS SELECT * FROM goals WHERE archived_at IS NULL AND status IS DISTINCT FROM 'Archived';
CREATE VIEW active_notes AS SELECT * FROM notes WHERE archived_at IS NULL;
CREATE VIEW active_people AS SELECT * FROM people WHERE archived_at IS NULL;
CREATE VIEW active_media AS SELECT * FROM media WHERE archived_at IS NULL AND status IS DISTINCT FROM 'Archived';
CREATE VIEW active_games AS SELECT * FROM games WHERE archived_at IS NULL AND status IS DISTINCT FROM 'Archived';
CREATE VIEW active_system_upgrades AS SELECT * FROM system_upgrades WHERE archived_at IS NULL AND status IS DISTINCT FROM 'Archived';
CREATE VIEW active_system_fixes AS SELECT * FROM system_fixes WHERE archived_at IS NULL AND status IS DISTINCT FROM 'Archived';
CREATE VIEW active_calendar_events AS SELECT * FROM calendar_events WHERE archived_at IS NULL;

-- Counts a request as sent and gives null, or gives the milliseconds to wait before asking again.
CREATE FUNCTION lockstep_take_request(wanted_api text, per_minute integer) RETURNS double precision LANGUAGE plpgsql AS $$
DECLARE
  budget request_budget;
  moment timestamptz;
  recent timestamptz[];
BEGIN
  INSERT INTO request_budget (api) VALUES (wanted_api) ON CONFLICT DO NOTHING;
  SELECT * INTO budget FROM request_budget WHERE api = wanted_api FOR UPDATE;
  moment := clock_timestamp();
  IF budget.paused_until > moment THEN
    RETURN ceil(extract(epoch FROM budget.paused_until - moment) * 1000);
  END IF;
  recent := ARRAY(SELECT t FROM unnest(budget.sent_at) AS t WHERE t > moment - interval '60 seconds' ORDER BY t);
  IF cardinality(recent) >= per_minute THEN
    RETURN ceil(extract(epoch FROM recent[cardinality(recent) - per_minute + 1] + interval '60 seconds' - moment) * 1000);
  END IF;
  UPDATE request_budget SET sent_at = recent || moment WHERE api = wanted_api;
  RETURN NULL;
END
$$;

CREATE FUNCTION lockstep_pause_requests(wanted_api text, milliseconds double precision) RETURNS void LANGUAGE sql AS $$
  INSERT INTO request_budget AS b (api, paused_until) VALUES (wanted_api, clock_timestamp() + milliseconds * interval '1 millisecond')
  ON CONFLICT (api) DO UPDATE SET paused_until = greatest(b.paused_until, excluded.paused_until)
$$;

CREATE FUNCTION related_tasks(projects) RETURNS SETOF tasks LANGUAGE sql STABLE AS $$
  SELECT * FROM tasks WHERE project_id = $1.id
$$;
