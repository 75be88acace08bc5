import { diffArrays } from 'diff';
import { depthOf, Literal, type Token } from './body-tokens.ts';

/** Bodies that differ by more are treated as completely different: a comparison could take minutes. */
const MAX_DIFFERENCES = 5_000;

/** One token of the change from the current body to the wanted one. */
export interface Step {
  readonly kind: 'keep' | 'drop' | 'add';
  readonly token: Token;
}

/**
 * The steps from the current body to the wanted one. A block that Markdown cannot create
 * is always kept, together with the blocks that contain it.
 */
export function planSteps(current: readonly Token[], wanted: readonly Token[]): Step[] {
  const steps: Step[] = [];
  const known = new Set(current.flatMap(({ key, fixed }) => (fixed ? [key] : [])));
  const anchors = findAnchors(current, wanted);
  let [at, from] = [0, 0];
  for (const [index, end] of [...anchors.inCurrent, current.length].entries()) {
    const until = anchors.inWanted[index] ?? wanted.length;
    steps.push(
      ...stepsBetween(
        current.slice(at, end),
        wanted.slice(from, until).flatMap((token) => toCreatable(token, known)),
      ),
    );
    const anchor = current[end];
    if (anchor) steps.push({ kind: 'keep', token: anchor });
    [at, from] = [end + 1, until + 1];
  }
  return keepFixed(current, steps);
}

/** The positions of the fixed tokens that both bodies have in the same order. */
function findAnchors(current: readonly Token[], wanted: readonly Token[]): { inCurrent: number[]; inWanted: number[] } {
  const fixedIn = (tokens: readonly Token[]): number[] => tokens.flatMap(({ fixed }, index) => (fixed ? [index] : []));
  const [fixedInCurrent, fixedInWanted] = [fixedIn(current), fixedIn(wanted)];
  const anchors = { inCurrent: [] as number[], inWanted: [] as number[] };
  let [a, b] = [0, 0];
  for (const { count, added, removed } of diff(
    fixedInCurrent.map((i) => current[i]?.key),
    fixedInWanted.map((i) => wanted[i]?.key),
  )) {
    if (!added && !removed) {
      anchors.inCurrent.push(...fixedInCurrent.slice(a, a + count));
      anchors.inWanted.push(...fixedInWanted.slice(b, b + count));
    }
    if (!added) a += count;
    if (!removed) b += count;
  }
  return anchors;
}

/** A wanted fixed token as text that Notion can create: a tag of another page would move that page here. */
function toCreatable(token: Token, known: ReadonlySet<string>): Token[] {
  if (!token.fixed || token.volatile) return token.volatile && known.has(token.key) ? [] : [token];
  const [line = ''] = token.lines;
  if (known.has(token.key) || /^\s*<unknown\b/.test(line)) return [];
  const mention = line.replace(/<(page|database)\b([^>]*)>(.*)<\/\1>/, '<mention-$1$2>$3</mention-$1>');
  const lines = [mention.replace(/<(page|database)\b/, '<mention-$1'), ...token.lines.slice(1)];
  return [{ ...token, key: lines.join('\n'), lines, fixed: false }];
}

function stepsBetween(current: readonly Token[], wanted: readonly Token[]): Step[] {
  const steps: Step[] = [];
  const keys = (tokens: readonly Token[]): string[] => tokens.map(({ key }) => key);
  let [a, b] = [0, 0];
  for (const { count, added, removed } of diff(keys(current), keys(wanted))) {
    const tokens = added ? wanted.slice(b, b + count) : current.slice(a, a + count);
    const kind = added ? 'add' : removed ? 'drop' : 'keep';
    steps.push(...tokens.map((token): Step => ({ kind, token })));
    if (!added) a += count;
    if (!removed) b += count;
  }
  return steps;
}

function diff<T>(from: T[], to: T[]): { count: number; added: boolean; removed: boolean }[] {
  const all = (count: number, added: boolean) => (count > 0 ? [{ count, added, removed: !added }] : []);
  return (
    diffArrays(from, to, { maxEditLength: MAX_DIFFERENCES }) ?? [...all(from.length, false), ...all(to.length, true)]
  );
}

/** Keeps every fixed token that the steps would drop, with its containers. */
function keepFixed(current: readonly Token[], steps: readonly Step[]): Step[] {
  const dropped = new Set(steps.flatMap(({ kind, token }) => (kind === 'drop' ? [token] : [])));
  const kept = new Set<Token>();
  for (const [index, token] of current.entries()) {
    if (!token.fixed || !dropped.has(token)) continue;
    kept.add(token);
    for (const container of containersOf(current, index)) kept.add(container);
  }
  const literal = new Literal();
  const result: Step[] = [];
  let delayed: Token[] = [];
  for (const { kind, token } of steps) {
    if (kind !== 'drop') {
      result.push({ kind, token });
      if (!token.fixed) for (const line of token.lines) literal.next(line);
    } else if (!kept.has(token)) result.push({ kind, token });
    else if (!literal.isOpen) result.push({ kind: 'keep', token });
    else {
      // Inside code it would become code.
      result.push({ kind, token });
      delayed.push(token);
    }
    if (!literal.isOpen) {
      result.push(...toAdded(delayed));
      delayed = [];
    }
  }
  return [...result, ...toAdded(delayed)];
}

const toAdded = (tokens: readonly Token[]): Step[] => tokens.map((token) => ({ kind: 'add', token }));

const OPENS = /^<(details|columns|column|callout|synced_block)\b(?!.*<\/\1>$)|^(:{3,})\s*\w/;

/** The blocks that contain this token, with their closing lines. */
function containersOf(tokens: readonly Token[], index: number): Token[] {
  const lineAt = (at: number): string => tokens[at]?.lines[0] ?? '';
  const found: Token[] = [];
  const add = (at: number): void => {
    const token = tokens[at];
    if (token) found.push(token);
  };
  let depth = depthOf(lineAt(index));
  const closed: { name: string; depth: number }[] = [];
  for (let at = index - 1; at >= 0; at -= 1) {
    const line = lineAt(at);
    const text = line.trim();
    const [, close] = /^<\/([\w-]+)>$/.exec(text) ?? [];
    const end = close ?? (/^:{3,}$/.test(text) ? ':::' : undefined);
    if (end !== undefined) closed.push({ name: end, depth: depthOf(line) });
    const [, tag, fence] = OPENS.exec(text) ?? [];
    const name = tag ?? (fence === undefined ? undefined : ':::');
    if (name !== undefined) {
      const own = closed.findLastIndex((other) => other.name === name && other.depth === depthOf(line));
      if (own >= 0) closed.splice(own, 1);
      else {
        add(at);
        if (/^<summary\b/.test(lineAt(at + 1).trim())) add(at + 1);
        const closes = (other: string): boolean =>
          depthOf(other) === depthOf(line) &&
          (name === ':::' ? /^:{3,}$/.test(other.trim()) : other.trim() === `</${name}>`);
        const end = tokens.findIndex((_, later) => later > index && closes(lineAt(later)));
        if (end >= 0) add(end);
      }
      depth = Math.min(depth, depthOf(line));
    } else if (text !== '' && depthOf(line) < depth && end === undefined) {
      add(at);
      depth = depthOf(line);
    }
  }
  return found;
}
