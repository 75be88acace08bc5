import { clipped } from '../../operations/history/format-value.ts';

/** What is known of a project or an area, in the order in which it is to be said. */
export interface Dossier {
  readonly name: string;
  /** Such as `['Status', 'On Hold']`; an empty one is left out. */
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

const LONGEST_TITLE = 200;
const MOST_TASKS = 200;
const MOST_OTHERS = 50;

/** Markdown between the marks of a context file. Equal dossiers give equal text, at whatever time. */
export function renderDossier({ name, facts, goals, projects, people, tasks, recent }: Dossier): string {
  const said = facts.flatMap(([what, value]) => (value === null ? [] : [`${what}: ${inline(value)}`]));
  return [
    [`# ${inline(name)}`],
    [said.join(' · ')],
    part('Goals', goals, MOST_OTHERS, ({ name, status, progress, day }) => [
      inline(name),
      status && inline(status),
      progress === null ? null : `${progress} %`,
      day && `by ${day}`,
    ]),
    part('Projects', projects, MOST_OTHERS, ({ name, status, day }) => [
      inline(name),
      status && inline(status),
      day && `by ${day}`,
    ]),
    part('People', people, MOST_OTHERS, ({ name, relationship }) => [
      inline(name),
      relationship && inline(relationship),
    ]),
    part('Open tasks', tasks, MOST_TASKS, ({ title, status, priority, day, time }) => [
      `[ ] ${inline(title)}`,
      day && `due ${day}${time ? ` ${time}` : ''}`,
      priority && inline(priority),
      status === 'Todo' ? null : status && inline(status),
    ]),
    part('Recent activity', recent, MOST_OTHERS, ({ day, kind, title, what }) => [
      `${day}: ${kind} ${inline(title)}`,
      what,
    ]),
  ]
    .map((lines) => lines.join('\n'))
    .filter((text) => text !== '')
    .join('\n\n');
}

function part<T>(heading: string, all: readonly T[], most: number, words: (one: T) => (string | null)[]): string[] {
  if (all.length === 0) return [];
  const lines = all.slice(0, most).map((one) => `- ${words(one).filter(Boolean).join(' · ')}`);
  return [`## ${heading}`, '', ...lines, ...(all.length > most ? [`- … and ${all.length - most} more`] : [])];
}

/** Line breaks and control characters, and those that turn the reading direction of what follows. */
const UNPRINTED = /[\s\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu;
const MEANS_SOMETHING = /[\\`*_{}[\]~|#$]/g;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** A text as plain words on one line of Markdown. */
export function inline(text: string): string {
  const words = clipped(text.replace(UNPRINTED, ' ').trim(), LONGEST_TITLE);
  if (words === '') return '(untitled)';
  return words
    .replace(MEANS_SOMETHING, (letter) => `\\${letter}`)
    .replace(/[&<>]/g, (letter) => ENTITIES[letter] ?? letter);
}
