import type { Label } from '../../google/labels.ts';
import type { LabelledProject, ProjectLabel } from './label-store.ts';

const FOLDER = 'Projects/';
/** Gmail takes no longer names. */
const MOST_CHARACTERS = 225;

/** One thing to do; in the order in which they come. */
export type LabelStep =
  | { readonly kind: 'rename'; readonly projectId: string; readonly labelId: string; readonly name: string }
  | ({ readonly kind: 'adopt' } & ProjectLabel)
  | { readonly kind: 'create'; readonly projectId: string; readonly name: string }
  /** To be deleted, if it holds no mail. */
  | { readonly kind: 'retire'; readonly labelId: string; readonly name: string }
  /** It is gone, and not needed. */
  | { readonly kind: 'forget'; readonly labelId: string };

/**
 * What brings the labels in step with the projects. What a person did to a label by hand stays as long as its project
 * is called as it was: a name of their own, and that it was deleted.
 * @param projects the oldest first: of two with one name, it has the name without a number
 */
export function planLabels(
  projects: readonly LabelledProject[],
  kept: readonly ProjectLabel[],
  labels: readonly Label[],
): readonly LabelStep[] {
  const labelById = new Map(labels.map((label) => [label.id, label]));
  const wanted = projects.flatMap(({ id, name, isWork }) => {
    const base = labelBase(name);
    const own = kept.find(({ projectId }) => projectId === id);
    return isWork && base !== '' ? [{ id, base, own, label: own && labelById.get(own.labelId) }] : [];
  });
  const [settled, others] = parted(wanted, ({ own, base }) => own !== undefined && isVariant(own.name, base));
  const [moving, newcomers] = parted(others, ({ label }) => label !== undefined);

  const ownIds = new Set(wanted.flatMap(({ label }) => label?.id ?? []));
  /** Those of nobody's, and of projects that need none any more. */
  const free = new Map(labels.filter(({ id }) => !ownIds.has(id)).map((label) => [keyOf(label.name), label]));
  const used = new Set(settled.flatMap(({ label }) => (label ? [keyOf(label.name)] : [])));
  const take = (base: string, isFree: (key: string) => boolean): string => {
    for (let number = 1; ; number += 1) {
      const name = variant(base, number);
      if (used.has(keyOf(name)) || !isFree(keyOf(name))) continue;
      used.add(keyOf(name));
      return name;
    }
  };

  const renames = moving.flatMap(({ id, base, label }) =>
    label ? [{ kind: 'rename' as const, projectId: id, label, name: take(base, (key) => !free.has(key)) }] : [],
  );
  const joins = newcomers.map(({ id, base }): LabelStep => {
    const name = take(base, () => true);
    const label = free.get(keyOf(name));
    if (!label) return { kind: 'create', projectId: id, name };
    free.delete(keyOf(name));
    const made = kept.some(({ labelId, made }) => labelId === label.id && made);
    return { kind: 'adopt', projectId: id, labelId: label.id, name, made };
  });
  const adopted = new Set(joins.flatMap((step) => (step.kind === 'adopt' ? [step.labelId] : [])));
  const active = new Set(wanted.map(({ id }) => id));
  const retired = kept.filter(({ projectId, labelId }) => !active.has(projectId) && !adopted.has(labelId));
  const leave = retired.flatMap(({ labelId, made }): LabelStep[] => {
    const label = labelById.get(labelId);
    if (!label) return [{ kind: 'forget', labelId }];
    // What a person made stays.
    return made ? [{ kind: 'retire', labelId, name: label.name }] : [];
  });
  return [...ordered(renames, labels), ...joins, ...leave];
}

interface Rename {
  readonly kind: 'rename';
  readonly projectId: string;
  readonly label: Label;
  readonly name: string;
}

/** A name is free only once its label has another; in a ring of them, one steps aside. */
function ordered(renames: readonly Rename[], labels: readonly Label[]): LabelStep[] {
  const nameOf = new Map(labels.map(({ id, name }) => [id, keyOf(name)]));
  const steps: LabelStep[] = [];
  const give = ({ kind, projectId, label }: Rename, name: string): void => {
    steps.push({ kind, projectId, labelId: label.id, name });
    nameOf.set(label.id, keyOf(name));
  };
  const waiting = [...renames];
  while (waiting.length > 0) {
    const at = waiting.findIndex(({ label, name }) =>
      [...nameOf].every(([id, taken]) => id === label.id || taken !== keyOf(name)),
    );
    const [next] = waiting.splice(Math.max(at, 0), 1);
    if (!next) break;
    if (at >= 0) give(next, next.name);
    else {
      give(next, asideName(next.label));
      waiting.push(next);
    }
  }
  return steps;
}

/** No project is called so. */
const asideName = ({ id }: Label): string => `${FOLDER}${id} (being renamed)`;

/** What a project's label is called, or '': a slash would put it below another label. */
function labelBase(projectName: string): string {
  const name = projectName
    .normalize('NFC')
    .replaceAll('/', '-')
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim();
  return name === '' ? '' : FOLDER + name;
}

function variant(base: string, number: number): string {
  const suffix = number === 1 ? '' : ` (${number})`;
  const most = MOST_CHARACTERS - suffix.length;
  return (base.length > most ? `${wholeCharacters(base, most - 1)}…` : base) + suffix;
}

/** The beginning of a text, without half a character at its end. */
function wholeCharacters(text: string, most: number): string {
  return text
    .slice(0, most)
    .replace(/[\ud800-\udbff]$/, '')
    .trimEnd();
}

const isVariant = (name: string, base: string): boolean =>
  name === variant(base, 1) || name === variant(base, Number(/ \((\d+)\)$/.exec(name)?.[1] ?? 1));

/** Gmail takes names that differ in case alone for the same. */
const keyOf = (name: string): string => name.toLowerCase();

function parted<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  const first = items.filter(isFirst);
  return [first, items.filter((item) => !first.includes(item))];
}
