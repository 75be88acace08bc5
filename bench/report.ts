import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { drawChart } from './chart.ts';
import { type Findings, isMet, type Run, type Target } from './scenario.ts';
import type { Servers } from './servers.ts';

export const describeMachine = ({ versions }: Servers) => ({
  date: new Date().toISOString(),
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGigabytes: Math.round(totalmem() / 2 ** 30),
  load: loadavg()[0] ?? Number.NaN,
  platform: `${process.platform} ${process.arch}`,
  node: process.version,
  postgres: versions.postgres,
  temporal: versions.temporal,
});

export type Machine = ReturnType<typeof describeMachine>;

export function printReport(findings: Findings, machine: Machine): void {
  const { date, cpu, cores, memoryGigabytes, platform, node, postgres, temporal, load } = machine;
  const lines = [
    '- Least wall time for n requests: floor((n - 1) / 180) minutes plus one latency. Peak memory is that of the measured part only.',
    `- ${cpu}, ${cores} cores, ${memoryGigabytes} GB, ${platform}; Node ${node}, PostgreSQL ${postgres}, Temporal ${temporal}; load ${load.toFixed(1)} at the start; ${date}.`,
    '',
  ];
  process.stdout.write(formatFindings(findings) + lines.join('\n'));
}

/** The runs, the targets, the notes and the failed scenarios, as far as there are any. */
export function formatFindings({ runs, targets, notes = [], failures = [] }: Findings): string {
  const tables = [
    runs.length > 0 ? [HEADINGS, ...runs.map((run) => cells(run, runs))] : [],
    targets.length > 0 ? [['target', 'measured', 'limit', ''], ...targets.map(targetCells)] : [],
  ].filter(({ length }) => length > 0);
  const lines = [
    ...tables.flatMap((table) => ['', ...toTable(table)]),
    '',
    ...failures.map(({ scenario, reason }) => `FAILED ${scenario}: ${reason}\n`),
    ...notes.map((note) => `- ${note}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

const HEADINGS = ['cycle', 'by', 'wall', '×', 'requests', '÷ least', 'wall ÷ least', 'CPU', 'peak', 'events'];

function cells(run: Run, runs: readonly Run[]): string[] {
  const other = runs.find(({ what, who }) => what === run.what && who === 'classic');
  const faster = run.who === 'Lockstep' && other ? `${(other.seconds / run.seconds).toFixed(1)} ×` : '';
  const { leastRequests, leastSeconds = 0, events } = run;
  return [
    run.what,
    run.who,
    `${run.seconds.toFixed(2)} s`,
    faster,
    String(run.requests),
    leastRequests === undefined ? '' : (run.requests / leastRequests).toFixed(2),
    leastSeconds < 60 ? '' : (run.seconds / leastSeconds).toFixed(2),
    `${run.cpuSeconds.toFixed(1)} s`,
    `${Math.round(run.peakMegabytes)} MB`,
    events === undefined ? '' : String(events),
  ];
}

function targetCells(target: Target): string[] {
  const { what, value, unit, limit } = target;
  const [sign, bound] = 'atMost' in limit ? ['≤', limit.atMost] : ['≥', limit.atLeast];
  return [
    what,
    `${formatNumber(value)} ${unit}`.trim(),
    `${sign} ${formatNumber(bound)} ${unit}`.trim(),
    isMet(target) ? 'PASS' : 'FAIL',
  ];
}

const formatNumber = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(2));

/** Aligns the first column left and the others right. */
function toTable(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

export function saveReport(findings: Findings, machine: Machine, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const targets = findings.targets.map((target) => ({ ...target, met: isMet(target) }));
  writeFileSync(join(folder, 'latest.json'), `${JSON.stringify({ machine, ...findings, targets }, null, 2)}\n`);
  writeFileSync(join(folder, 'chart.svg'), drawChart(findings.runs));
}
