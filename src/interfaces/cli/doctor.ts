import { readConfig } from '../../config.ts';
import { openDatabase } from '../../database/client.ts';
import { requestBudget } from '../../database/request-budget.ts';
import { featuresOff } from '../../definition/features.ts';
import { listChores } from '../../features/chores/timetable.ts';
import { NotionApi } from '../../notion/notion-api.ts';
import { FIX_COMMAND, type Finding, isProblem, NOTHING_TO_DO } from '../../operations/doctor/finding.ts';
import { type Report, runDoctor } from '../../operations/doctor/run-doctor.ts';
import { databaseUrl } from './database-url.ts';
import { exitCodes } from './exit.ts';
import { sayBudgetWait } from './say-budget-wait.ts';

export interface DoctorOptions {
  readonly fix?: boolean;
  readonly json?: boolean;
}

export async function doctorCommand({ fix, json }: DoctorOptions): Promise<number> {
  const config = readConfig();
  const database = openDatabase(databaseUrl(config), 4);
  const budget = sayBudgetWait(requestBudget(database, 'notion', config.notion.requestsPerMinute));
  const api = new NotionApi(config.notion, budget);
  try {
    const report = await runDoctor(
      { config, database, api, chores: listChores(config), featuresOff: featuresOff() },
      { fix: fix ?? false, onFix: announce },
    );
    console.log(json ? toJson(report) : toText(report));
    return report.remaining.some(isProblem) ? exitCodes.failed : exitCodes.ok;
  } finally {
    await database.close();
  }
}

/** The fixed findings come first, with what was done. */
const toJson = ({ fixed, remaining }: Report): string =>
  JSON.stringify(
    [
      ...fixed.filter(({ ok }) => ok).map(({ finding, outcome }) => ({ ...finding, fixed: outcome })),
      ...remaining.map((finding) => ({ ...finding, fixable: finding.applyFix !== undefined })),
    ],
    null,
    2,
  );

function toText({ fixed, remaining }: Report): string {
  const problems = remaining.filter(isProblem);
  const notes = remaining.filter((finding) => !isProblem(finding));
  const fixable = problems.filter(({ applyFix }) => applyFix).length;
  const parts = [
    fixed.map(({ finding, outcome, ok }) => `${ok ? '✓' : '✗'} ${finding.subject}: ${outcome}`).join('\n'),
    ...problems.map(describe),
    notes.map(note).join('\n'),
    problems.length === 0
      ? 'No problems found.'
      : `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}${fixable > 0 ? `; ${FIX_COMMAND} fixes ${fixable}` : ''}.`,
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** Says what a fix is for before it writes. */
const announce = ({ subject, what, why }: Finding): void => console.error(`Fixing ${subject}: ${what}; ${why}`);

const describe = ({ subject, code, what, why, fix }: Finding): string =>
  `✗ ${subject}: ${what} (${code})\n    Reason  ${why}\n    Fix     ${fix}`;

const note = ({ subject, what, fix }: Finding): string =>
  `· ${subject}: ${what}${fix === NOTHING_TO_DO ? '' : `; optional: ${fix}`}`;
