import type { Label } from '../../google/labels.ts';
import type { LabelledProject, ProjectLabel } from './label-store.ts';

const FOLDER = 'Projects/';
/** Gmail's limit for names. */
const MAX_CHARACTERS = 225;

/** One step, to be applied in order. */
export type LabelStep =
  | { readonly kind: 'rename'; readonly projectId: string; readonly labelId: string; readonly name: string }
  | ({ readonly kind: 'adopt' } & ProjectLabel)
  | { readonly kind: 'create'; readonly projectId: string; readonly name: string }
  /** Delete the label if it holds no mail. */
  | { readonly kind: 'retire'; readonly labelId: string; readonly name: string }
  /** The label no longer exists and is not needed. */
  | { readonly kind: 'forget'; readonly labelId: string };

/**
 * Plans the steps that make the labels match the projects. If a person has renamed or deleted a label, that stays until
 * the project is renamed.
 * @param projects the oldest first: of two with the same name, the oldest gets the name without a number
 */
export function planLabels(
  projects: readonly LabelledProject[],
  known: readonly ProjectLabel[],
  labels: readonly Label[],
): readonly LabelStep[] {
  const labelById = new Map(labels.map((label) => [label.id, label]));
  const wanted = projects.flatMap(({ id, name, isWork }) => {
    const base = labelBase(name);
    const own = known.find(({ projectId }) => projectId === id);
    return isWork && base !== '' ? [{ id, base, own, label: own && labelById.get(own.labelId) }] : [];
  });
  const [unchanged, others] = partition(wanted, ({ own, base }) => own !== undefined && isVariant(own.name, base));
  const [toRename, withoutLabel] = partition(others, ({ label }) => label !== undefined);

  const ownIds = new Set(wanted.flatMap(({ label }) => label?.id ?? []));
  /** Labels without a project, or of projects that need none any more. */
  const free = new Map(labels.filter(({ id }) => !ownIds.has(id)).map((label) => [nameToKey(label.name), label]));
  const used = new Set(unchanged.flatMap(({ label }) => (label ? [nameToKey(label.name)] : [])));
  const takeName = (base: string, isFree: (key: string) => boolean): string => {
    for (let number = 1; ; number += 1) {
      const name = variant(base, number);
      if (used.has(nameToKey(name)) || !isFree(nameToKey(name))) continue;
      used.add(nameToKey(name));
      return name;
    }
  };

  const renames = toRename.flatMap(({ id, base, label }) =>
    label ? [{ kind: 'rename' as const, projectId: id, label, name: takeName(base, (key) => !free.has(key)) }] : [],
  );
  const additions = withoutLabel.map(({ id, base }): LabelStep => {
    const name = takeName(base, () => true);
    const label = free.get(nameToKey(name));
    if (!label) return { kind: 'create', projectId: id, name };
    free.delete(nameToKey(name));
    const made = known.some(({ labelId, made }) => labelId === label.id && made);
    return { kind: 'adopt', projectId: id, labelId: label.id, name, made };
  });
  const adopted = new Set(additions.flatMap((step) => (step.kind === 'adopt' ? [step.labelId] : [])));
  const active = new Set(wanted.map(({ id }) => id));
  const retired = known.filter(({ projectId, labelId }) => !active.has(projectId) && !adopted.has(labelId));
  const removals = retired.flatMap(({ labelId, made }): LabelStep[] => {
    const label = labelById.get(labelId);
    if (!label) return [{ kind: 'forget', labelId }];
    // A label that a person created stays.
    return made ? [{ kind: 'retire', labelId, name: label.name }] : [];
  });
  return [...orderRenames(renames, labels), ...additions, ...removals];
}

interface Rename {
  readonly kind: 'rename';
  readonly projectId: string;
  readonly label: Label;
  readonly name: string;
}

/** Orders renames so that each name is free when it is needed; a ring is broken with a temporary name. */
function orderRenames(renames: readonly Rename[], labels: readonly Label[]): LabelStep[] {
  const nameOf = new Map(labels.map(({ id, name }) => [id, nameToKey(name)]));
  const steps: LabelStep[] = [];
  const rename = ({ kind, projectId, label }: Rename, name: string): void => {
    steps.push({ kind, projectId, labelId: label.id, name });
    nameOf.set(label.id, nameToKey(name));
  };
  const waiting = [...renames];
  while (waiting.length > 0) {
    const at = waiting.findIndex(({ label, name }) =>
      [...nameOf].every(([id, taken]) => id === label.id || taken !== nameToKey(name)),
    );
    const [next] = waiting.splice(Math.max(at, 0), 1);
    if (!next) break;
    if (at >= 0) rename(next, next.name);
    else {
      rename(next, temporaryName(next.label));
      waiting.push(next);
    }
  }
  return steps;
}

/** A name that no project has. */
const temporaryName = ({ id }: Label): string => `${FOLDER}${id} (being renamed)`;

/** The label name for a project, or ''. A slash would nest the label, so it is replaced. */
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
  const max = MAX_CHARACTERS - suffix.length;
  return (base.length > max ? `${truncateWhole(base, max - 1)}…` : base) + suffix;
}

/** The first characters of a text, without half a surrogate pair at the end. */
function truncateWhole(text: string, max: number): string {
  return text
    .slice(0, max)
    .replace(/[\ud800-\udbff]$/, '')
    .trimEnd();
}

const isVariant = (name: string, base: string): boolean =>
  name === variant(base, 1) || name === variant(base, Number(/ \((\d+)\)$/.exec(name)?.[1] ?? 1));

/** Gmail ignores case in names. */
const nameToKey = (name: string): string => name.toLowerCase();

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  const first = items.filter(isFirst);
  return [first, items.filter((item) => !first.includes(item))];
}
