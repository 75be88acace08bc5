import type { Scenario } from '../scenario.ts';
import { backfill } from './backfill.ts';
import { bulk } from './bulk.ts';
import { changes } from './changes.ts';
import { creates } from './creates.ts';
import { edits } from './edits.ts';
import { hostile } from './hostile.ts';
import { idle } from './idle.ts';
import { latency } from './latency.ts';
import { polling } from './polling.ts';
import { safety } from './safety.ts';
import { scale } from './scale.ts';
import { window } from './window.ts';

export const scenarios: readonly Scenario[] = [
  idle,
  edits,
  creates,
  safety,
  backfill,
  changes,
  scale,
  latency,
  polling,
  window,
  bulk,
  hostile,
];
