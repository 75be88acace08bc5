-- Which file (of LOCKSTEP_CONTEXT_ROOT) or folder (of LOCKSTEP_NOTES_ROOT) stands for a record, so that two of one name
-- stay apart and a renamed record is known again.
CREATE TABLE record_files (
  kind text NOT NULL CHECK (kind IN ('project', 'area', 'notes')),
  record_id uuid NOT NULL,
  name text NOT NULL,
  PRIMARY KEY (kind, record_id)
);

-- Which file each note was written to, below LOCKSTEP_NOTES_ROOT, and what was written: a file that says otherwise is its editor's.
CREATE TABLE distributed_notes (
  note_id uuid PRIMARY KEY,
  project_id uuid NOT NULL,
  path text NOT NULL,
  sha256 text NOT NULL,
  written_at timestamptz NOT NULL DEFAULT now()
);

-- What the health checks see, and the row of system_fixes that says so.
CREATE TABLE health_findings (
  key text PRIMARY KEY,
  seen_at timestamptz NOT NULL,
  -- Since when its fix says so; null: not seen for long enough yet, or over.
  opened_at timestamptz,
  -- Since when it is over.
  closed_at timestamptz,
  -- Null: none was made yet.
  fix_id uuid,
  -- What the fix was last told; another text in its row is a person's.
  description text
);

-- Which notes a model was asked about, and what they held then.
CREATE TABLE analysed_notes (
  note_id uuid PRIMARY KEY,
  content_sha256 text NOT NULL,
  analysed_at timestamptz NOT NULL DEFAULT now()
);

-- Ideas that became rows of system_upgrades: each but once, whatever became of its row.
CREATE TABLE note_ideas (
  title_sha256 text PRIMARY KEY,
  note_id uuid NOT NULL,
  upgrade_id uuid NOT NULL,
  title text NOT NULL
);
CREATE INDEX note_ideas_note_id_idx ON note_ideas (note_id);

-- What is neither archived, done nor cancelled; the calendar goes by this.
CREATE VIEW open_tasks AS SELECT * FROM tasks WHERE archived_at IS NULL AND coalesce(status, '') NOT IN ('Cancelled', 'Done');
-- Tasks of a project that is paused, completed or archived are left out with it.
CREATE OR REPLACE VIEW active_tasks AS SELECT * FROM open_tasks t WHERE NOT EXISTS (
  SELECT FROM projects p WHERE p.id = t.project_id
     AND (p.archived_at IS NOT NULL OR p.status IN ('On Hold', 'Completed', 'Archived')));
