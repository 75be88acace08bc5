import type { Stack } from './stack.ts';

/** Inserts 200 rows with plain SQL into all ten tables, with links between them. */
export async function insertTwoHundredRows({ sql }: Stack): Promise<void> {
  await sql(`
    WITH areas AS (
      INSERT INTO tags (name, type) SELECT 'Area ' || n, 'Area' FROM generate_series(1, 5) n RETURNING id, name),
    resources AS (
      INSERT INTO tags (name, type, parent_id)
      SELECT 'Resource ' || n, 'Resource', (SELECT id FROM areas WHERE name = 'Area ' || 1 + n % 5) FROM generate_series(1, 15) n RETURNING id, name),
    plans AS (
      INSERT INTO projects (name, type, description, start_date)
      SELECT 'Plan ' || n, 'Work', '**Bold** plan ' || n, date '2026-12-01' + n FROM generate_series(1, 20) n RETURNING id, name),
    jobs AS (
      INSERT INTO tasks (title, due_date, due_time, priority, project_id)
      SELECT 'Job ' || n, date '2026-12-01' + n, CASE WHEN n % 2 = 0 THEN time '09:30' END, 'High', (SELECT id FROM plans WHERE name = 'Plan ' || 1 + n % 20)
      FROM generate_series(1, 40) n RETURNING id, title),
    job_tags AS (
      INSERT INTO task_tags SELECT j.id, r.id FROM jobs j JOIN resources r ON r.name = 'Resource ' || 1 + length(j.title) % 15 RETURNING 1),
    plan_tags AS (INSERT INTO project_tags SELECT p.id, a.id FROM plans p JOIN areas a ON a.name = 'Area 1' RETURNING 1),
    aims AS (INSERT INTO goals (name, progress) SELECT 'Aim ' || n, n FROM generate_series(1, 20) n RETURNING id, name),
    aim_projects AS (INSERT INTO goal_projects SELECT g.id, p.id FROM aims g JOIN plans p ON p.name = replace(g.name, 'Aim', 'Plan') RETURNING 1),
    jottings AS (
      INSERT INTO notes (title, content, project_id) SELECT 'Note ' || n, 'See [it](https://example.com/' || n || ')', (SELECT id FROM plans WHERE name = 'Plan 3')
      FROM generate_series(1, 20) n RETURNING id),
    friends AS (INSERT INTO people (name, email) SELECT 'Friend ' || n, 'f' || n || '@example.com' FROM generate_series(1, 20) n RETURNING id),
    friend_projects AS (INSERT INTO person_projects SELECT f.id, p.id FROM friends f, plans p WHERE p.name IN ('Plan 1', 'Plan 2') RETURNING 1),
    films AS (INSERT INTO media (title, rating, year) SELECT 'Film ' || n, 1 + n % 10, 1990 + n FROM generate_series(1, 15) n RETURNING id),
    plays AS (INSERT INTO games (name, platform) SELECT 'Game ' || n, 'PC' FROM generate_series(1, 15) n RETURNING id),
    ideas AS (INSERT INTO system_upgrades (title) SELECT 'Idea ' || n FROM generate_series(1, 15) n RETURNING id)
    INSERT INTO system_fixes (title, source) SELECT 'Fix ' || n, 'Telegram' FROM generate_series(1, 15) n`);
}
