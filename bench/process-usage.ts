import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** User and system time of a process with all its threads, in seconds. NaN without /proc. */
export const cpuSeconds = (pid: number): number => timeIn(read(`/proc/${pid}/stat`));

/** CPU time of this process while it works, in seconds. Other processes do not influence it as they do the clock. */
export async function cpuSecondsOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000_000;
}

/** As `cpuSeconds`, by name of the running threads. `tokio…` is Temporal's core. */
export function cpuSecondsByThread(pid: number): Map<string, number> {
  const threads = new Map<string, number>();
  for (const thread of threadsOf(pid)) {
    const stat = read(`/proc/${pid}/task/${thread}/stat`);
    const name = `${/\((.*)\)/.exec(stat)?.[1]}${thread === String(pid) ? ' (main)' : ''}`;
    threads.set(name, (threads.get(name) ?? 0) + timeIn(stat));
  }
  return threads;
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function timeIn(stat: string): number {
  // The name in parentheses may contain spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond();
}

/** The memory of a process now. NaN without /proc. */
export const residentMegabytes = (pid: number): number =>
  Math.round(Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1]) / 1024);

/** The peak resident memory since `resetPeak`, in megabytes. */
export const peakMegabytes = (pid: number): number =>
  Number(/^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1]) / 1024;

/** @see https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html */
export function resetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // Without this, the peak is that since the start of the process.
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

let ticks: number | null = null;

function ticksPerSecond(): number {
  ticks ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return ticks;
}
