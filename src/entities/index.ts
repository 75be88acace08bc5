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

/** The built-in entities: what is synced where there is no definition file. */
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

export const isBuiltIn = (name: string): boolean => entities.some((entity) => entity.name === name);
