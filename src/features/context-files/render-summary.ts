import { toMarkdownLine } from '../managed-files/markdown-line.ts';

/** A summary of a project or area, in the order of its file. */
export interface ProjectSummary {
  readonly name: string;
  /** Such as `['Status', 'On Hold']`; entries without a value are omitted. */
  readonly facts: readonly (readonly [what: string, value: string | null])[];
  readonly goals: readonly GoalLine[];
  readonly projects: readonly ProjectLine[];
  readonly people: readonly PersonLine[];
  readonly tasks: readonly TaskLine[];
  readonly recent: readonly RecentLine[];
}

export interface GoalLine {
  readonly name: string;
  readonly status: string | null;
  /** In percent. */
  readonly progress: number | null;
  readonly day: string | null;
}
export interface ProjectLine {
  readonly name: string;
  readonly status: string | null;
  readonly day: string | null;
}
export interface PersonLine {
  readonly name: string;
  readonly relationship: string | null;
}
/** Days are `2026-03-01`, times `14:30`. */
export interface TaskLine {
  readonly title: string;
  /** Null for a new task. */
  readonly status: string | null;
  readonly priority: string | null;
  readonly day: string | null;
  readonly time: string | null;
}
export interface RecentLine {
  readonly day: string;
  readonly kind: string;
  readonly title: string;
  readonly what: string;
}

const MAX_TASKS = 200;
const MAX_OTHERS = 50;

/** The Markdown between the marks of a context file. It depends only on the summary. */
export function renderSummary({ name, facts, goals, projects, people, tasks, recent }: ProjectSummary): string {
  const shown = facts.flatMap(([what, value]) => (value === null ? [] : [`${what}: ${toMarkdownLine(value)}`]));
  return [
    [`# ${toMarkdownLine(name)}`],
    [shown.join(' · ')],
    section('Goals', goals, MAX_OTHERS, ({ name, status, progress, day }) => [
      toMarkdownLine(name),
      status && toMarkdownLine(status),
      progress === null ? null : `${progress} %`,
      day && `by ${day}`,
    ]),
    section('Projects', projects, MAX_OTHERS, ({ name, status, day }) => [
      toMarkdownLine(name),
      status && toMarkdownLine(status),
      day && `by ${day}`,
    ]),
    section('People', people, MAX_OTHERS, ({ name, relationship }) => [
      toMarkdownLine(name),
      relationship && toMarkdownLine(relationship),
    ]),
    section('Open tasks', tasks, MAX_TASKS, ({ title, status, priority, day, time }) => [
      `[ ] ${toMarkdownLine(title)}`,
      day && `due ${day}${time ? ` ${time}` : ''}`,
      priority && toMarkdownLine(priority),
      status && toMarkdownLine(status),
    ]),
    section('Recent activity', recent, MAX_OTHERS, ({ day, kind, title, what }) => [
      `${day}: ${kind} ${toMarkdownLine(title)}`,
      what,
    ]),
  ]
    .map((lines) => lines.join('\n'))
    .filter((text) => text !== '')
    .join('\n\n');
}

function section<T>(heading: string, all: readonly T[], max: number, words: (one: T) => (string | null)[]): string[] {
  if (all.length === 0) return [];
  const lines = all.slice(0, max).map((one) => `- ${words(one).filter(Boolean).join(' · ')}`);
  return [`## ${heading}`, '', ...lines, ...(all.length > max ? [`- … and ${all.length - max} more`] : [])];
}
