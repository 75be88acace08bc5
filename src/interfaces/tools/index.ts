import { isOn } from '../../definition/features.ts';
import { FinalError } from '../../errors.ts';
import { listChanges } from './changes.ts';
import { find, getRecord } from './find.ts';
import { addGame, markGame } from './games.ts';
import { updateGoalProgress } from './goals.ts';
import { addMedia, markMedia } from './media.ts';
import { createNote } from './notes.ts';
import { createRecord, updateRecord } from './records.ts';
import { proposeUpgrade, reportFix } from './system.ts';
import { createTask, markTask } from './tasks.ts';
import { today } from './today.ts';
import type { Tool } from './tool.ts';

const declared: readonly Tool[] = [
  createTask,
  markTask,
  createNote,
  updateGoalProgress,
  addMedia,
  markMedia,
  addGame,
  markGame,
  reportFix,
  proposeUpgrade,
  listChanges,
  createRecord,
  updateRecord,
  find,
  getRecord,
  today,
];

/** The tools of the bot and the MCP server, for what is synced. */
export const tools = declared.filter(({ feature, isOff }) => !isOff && (feature === undefined || isOn(feature)));

/** @throws FinalError when no tool has this name */
export function toolNamed(name: string): Tool {
  const found = tools.find((tool) => tool.name === name);
  if (found) return found;
  throw new FinalError(
    'unknown_tool',
    `there is no tool named "${name}"; the tools are: ${tools.map((tool) => tool.name).join(', ')}`,
  );
}
