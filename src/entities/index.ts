import type { Entity } from './define.ts';
import { games } from './games.ts';
import { goals } from './goals.ts';
import { media } from './media.ts';
import { notes } from './notes.ts';
import { people } from './people.ts';
import { projects } from './projects.ts';
import { systemFixes } from './system-fixes.ts';
import { systemUpgrades } from './system-upgrades.ts';
import { tags } from './tags.ts';
import { tasks } from './tasks.ts';

/** Every entity that Lockstep syncs. `lockstep add-entity` adds another: one file, one line here, and a migration. */
export const entities: readonly Entity[] = [
  tags,
  tasks,
  projects,
  goals,
  notes,
  people,
  media,
  games,
  systemUpgrades,
  systemFixes,
];
