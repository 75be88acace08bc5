import type { Fate } from './faults.ts';

/**
 * Rule 2 as a specification: which value of a record's part may stand at the end, by what both sides showed and who
 * wrote it. It knows nothing of the engine: no base, no state, no decision.
 */

/** What one side showed of a record, from one write until the next. */
export interface Shown {
  /** Its place among all writes of the world. */
  readonly order: number;
  readonly writer: 'user' | 'sync';
  /** When the side says that the record was last edited there; null: never. The remote side's has its own grain. */
  readonly editedAt: number | null;
  /** By the name of the part: its value in a form that is the same on both sides. */
  readonly values: Readonly<Record<string, string>>;
  /** The place of the look that a write of the sync relies on. */
  readonly lookedAt?: number;
  /** What the sync heard of its write. */
  readonly fate?: Fate;
}

/** What the sync was about to write on the remote side. */
export interface Sent {
  readonly order: number;
  /** By the remote side's clock. */
  readonly at: number;
  readonly values: Readonly<Record<string, string>>;
  /** Whether the sync stored what came of it. */
  readonly isHeard: boolean;
}

/** Both sides' versions of one record, oldest first. */
export interface RecordHistory {
  readonly sent: readonly Sent[];
  readonly remote: readonly Shown[];
  readonly sql: readonly Shown[];
}

export interface OracleRules {
  readonly conflicts: 'row' | 'field';
  /** The grain of the remote side's edit times, in milliseconds. */
  readonly grainMs: number;
}

type SideName = 'remote' | 'sql';

/** A user's change of one part. */
interface Edit {
  readonly side: SideName;
  readonly order: number;
  readonly value: string;
}

const otherSide = (side: SideName): SideName => (side === 'remote' ? 'sql' : 'remote');

/** The values that a part may have at the end; empty if no user ever set it. */
export function allowedValues(history: RecordHistory, part: string, rules: OracleRules): ReadonlySet<string> {
  return new Set(new Question(history, part, rules).survivors());
}

/** The edits that no other program could keep: Notion has no conditional write. @returns their places */
export function overwrittenUnseen({ remote, sql }: Pick<RecordHistory, SideName>, part: string): ReadonlySet<number> {
  const unseen = new Set<number>();
  for (const edit of editsOf(remote, part, 'remote').reverse()) {
    const next = remote.find(({ order, values }) => order > edit.order && values[part] !== edit.value);
    if (!next) continue;
    const isUnread = shownAt(sql, part, edit) > next.order;
    const isInGap = next.writer === 'sync' && (next.lookedAt ?? next.order) < edit.order;
    // What a person changed again before that was not seen either.
    const isLost = next.writer === 'user' ? unseen.has(next.order) : next.fate === 'late';
    if (isInGap || (isLost && isUnread)) unseen.add(edit.order);
  }
  return unseen;
}

function editsOf(shown: readonly Shown[], part: string, side: SideName): Edit[] {
  return shown.flatMap(({ order, writer, values }, at) => {
    const value = values[part];
    // Nobody sets what a new record leaves empty.
    const isChange = at === 0 ? value !== 'empty' : shown[at - 1]?.values[part] !== value;
    return writer === 'user' && isChange && value !== undefined ? [{ side, order, value }] : [];
  });
}

/** The value that a side showed at a time; undefined before the record existed there. */
const valueAt = (shown: readonly Shown[], part: string, order: number): string | undefined =>
  shown.findLast((version) => version.order <= order)?.values[part];

/** When the value of an edit was first to be seen there after the edit; infinity: never. */
function shownAt(shown: readonly Shown[], part: string, { order, value }: Pick<Edit, 'order' | 'value'>): number {
  if (valueAt(shown, part, order) === value) return order;
  return shown.find((version) => version.order > order && version.values[part] === value)?.order ?? Infinity;
}

/** The place where the sync replaces a value by another one, after a place. */
function replacedAt(shown: readonly Shown[], part: string, { order, value }: Pick<Edit, 'order' | 'value'>) {
  return shown.find(
    ({ order: at, writer, values }, index) =>
      at > order && writer === 'sync' && values[part] !== value && values[part] !== shown[index - 1]?.values[part],
  )?.order;
}

/** When the other side shows an edit for certain: what it shows by chance is replaced by a write that was under way. */
function knownAt(shown: readonly Shown[], part: string, { order, value }: Pick<Edit, 'order' | 'value'>): number {
  const at = shownAt(shown, part, { order, value });
  const replaced = at === order ? replacedAt(shown, part, { order, value }) : undefined;
  return replaced === undefined ? at : shownAt(shown, part, { order: replaced, value });
}

class Question {
  readonly #history: RecordHistory;
  readonly #part: string;
  readonly #rules: OracleRules;

  constructor(history: RecordHistory, part: string, rules: OracleRules) {
    this.#history = history;
    this.#part = part;
    this.#rules = rules;
  }

  survivors(): string[] {
    const { remote, sql } = this.#history;
    const inSql = editsOf(sql, this.#part, 'sql');
    const unseen = overwrittenUnseen(this.#history, this.#part);
    const all = editsOf(remote, this.#part, 'remote');
    const seen = all.filter((edit) => !unseen.has(edit.order) && !this.#isSent(edit));
    const [last, lastInSql] = [all.at(-1), inSql.at(-1)];
    const withoutUnseen = seen.length < all.length ? this.#among(seen.at(-1), lastInSql) : [];
    return [
      ...this.#among(last, lastInSql),
      ...this.#mistaken(),
      ...withoutUnseen,
      ...(seen.length === 0 && !lastInSql && all[0] ? this.#before(all[0]) : []),
      ...(lastInSql ? [...this.#setBack(lastInSql), ...this.#setBackBefore(lastInSql)] : []),
    ];
  }

  /**
   * What a part had before its first edit. An element of a list may be overwritten unseen although nobody edited it in
   * SQL: a write sends the whole list.
   */
  #before({ order }: Edit): string[] {
    const value = valueAt(this.#history.remote, this.#part, order - 1);
    return value === undefined ? [] : [value];
  }

  /**
   * A person edits a page after an edit was sent, which it does not show. Whether the write never arrived, or the
   * person set its values back, nobody can tell.
   */
  #setBack({ order, value }: Edit): string[] {
    const part = this.#part;
    const { remote } = this.#history;
    const sent = this.#history.sent.find((write) => write.order > order && write.values[part] === value);
    const arrivedAt = shownAt(remote, part, { order, value });
    const { grainMs } = this.#rules;
    const isAtThatTime = ({ editedAt }: Shown): boolean => sent !== undefined && (editedAt ?? 0) + grainMs > sent.at;
    return remote
      .filter((version) => version.writer === 'user' && version.order < arrivedAt && isAtThatTime(version))
      .flatMap(({ values }) => values[part] ?? []);
  }

  /** The same for an SQL edit before the last one: what the page showed then competes with the last one. */
  #setBackBefore(last: Edit): string[] {
    const part = this.#part;
    const { grainMs } = this.#rules;
    const edits = this.#history.remote.flatMap(({ writer, order, editedAt, values }): Edit[] => {
      const value = values[part];
      const isDoubtful = this.#unheard().some(
        ({ at, values: sent }) => sent[part] !== undefined && sent[part] !== value && (editedAt ?? 0) + grainMs > at,
      );
      return writer === 'user' && value !== undefined && isDoubtful ? [{ side: 'remote', order, value }] : [];
    });
    return edits.filter((edit) => this.#winners(edit, last).includes(edit)).map(({ value }) => value);
  }

  /** @param remote, sql the last edit of each side */
  #among(remote: Edit | undefined, sql: Edit | undefined): string[] {
    const last = !remote || !sql ? [remote, sql].filter((edit) => edit !== undefined) : this.#newest(remote, sql);
    return last.flatMap((edit) => [edit.value, ...this.#insteadOf(edit)]);
  }

  /** The newer one of two edits of the part; both, if the history leaves it open. */
  #newest(remote: Edit, sql: Edit): Edit[] {
    if (this.#isKnown(remote, sql.order)) return [sql];
    if (this.#isKnown(sql, remote.order)) {
      const isOpen = this.#isUnheard(sql, remote) || this.#isSent(remote);
      return [remote, ...(isOpen ? [sql] : [])];
    }
    const open = [
      this.#isUndone(remote) || this.#isAsOtherSide(remote) ? [sql] : [],
      this.#isUndone(sql) || this.#isAsOtherSide(sql) ? [remote] : [],
    ].flat();
    return [...this.#winners(remote, sql), ...open];
  }

  /** Whether an edit could be seen on the other side before something happened there. */
  #isKnown({ side, order, value }: Edit, before: number): boolean {
    if (order > before) return false;
    const part = this.#part;
    const other = this.#history[otherSide(side)].filter((version) => version.order < before);
    const isShown = (version: Shown | undefined): boolean =>
      version?.writer === 'sync' && version.values[part] === value;
    const had = other.findLast((version) => version.order <= order);
    // Two users who write the same value do not know of each other until the sync has compared it.
    if (isShown(had) && replacedAt(other, part, { order, value }) === undefined) return true;
    return other.some((version) => version.order > order && isShown(version));
  }

  /**
   * Whether the sync cannot tell that a person edited a page after an SQL edit had arrived there, since it heard nothing
   * of that write. Then the times of the records decide.
   */
  #isUnheard(sql: Edit, remote: Edit): boolean {
    const { remote: onRemote, sql: onSql, sent } = this.#history;
    const part = this.#part;
    const arrivedAt = shownAt(onRemote, part, sql);
    if (sent.findLast(({ order, values }) => order < arrivedAt && values[part] === sql.value)?.isHeard !== false)
      return false;
    if (this.#isUnseenSetBack(remote, arrivedAt)) return true;
    const next = onRemote.find(({ order, values }) => order > remote.order && values[part] !== remote.value);
    const decidedAt = Math.min(shownAt(onSql, part, remote), next?.order ?? Infinity);
    return this.#newer(remote, sql, decidedAt).includes(sql);
  }

  /** Whether an edit has the value of a write that the sync heard nothing of: it may be taken for that write. */
  #isSent({ order, value }: Pick<Edit, 'order' | 'value'>): boolean {
    return this.#unheard().some((write) => write.order < order && write.values[this.#part] === value);
  }

  #unheard(): readonly Sent[] {
    return this.#history.sent.filter(({ isHeard }) => !isHeard);
  }

  /** What a write brought that the sync heard nothing of, in a page that a person edited next: it may be that edit. */
  #mistaken(): string[] {
    return this.#history.remote.flatMap(({ writer, order, values }) => {
      const value = values[this.#part];
      return writer === 'user' && value !== undefined && this.#isSent({ order, value }) ? [value] : [];
    });
  }

  /** Whether an edit set back what a write had changed, within the edit time before it: then nothing shows either of them. */
  #isUnseenSetBack({ order, value }: Edit, writtenAt: number): boolean {
    const { remote } = this.#history;
    const before = remote.findLast((version) => version.order < writtenAt);
    const editedAt = remote.find((version) => version.order === order)?.editedAt;
    return before?.values[this.#part] === value && before.editedAt === editedAt;
  }

  /** Whether an edit brings what the other side has already: the sync may have compared it, which then is no change. */
  #isAsOtherSide({ side, order, value }: Edit): boolean {
    return valueAt(this.#history[otherSide(side)], this.#part, order) === value;
  }

  /** Whether the side is back at the value that both sides had: then it did not change (rule 1). */
  #isUndone({ side, order, value }: Edit): boolean {
    const part = this.#part;
    const other = this.#history[otherSide(side)];
    const isAgreed = (version: Shown): boolean => {
      const at = shownAt(other, part, { order: version.order, value: version.values[part] ?? '' });
      // Two users who write the same value do not know of each other.
      const carrier = other.findLast((shown) => shown.order <= at);
      return at <= order && (version.writer === 'sync' || carrier?.writer === 'sync');
    };
    const agreed = this.#history[side].filter((version) => version.order < order && isAgreed(version));
    // What the sync did not hear of may not be agreed to it.
    const heard = agreed.filter(
      (version) =>
        !this.#unheard().some((sent) => sent.order > version.order && sent.values[part] === version.values[part]),
    );
    return [agreed, heard].some((versions) => versions.at(-1)?.values[part] === value);
  }

  /** Rule 2 for two edits that did not know of each other, by the times of the records when they were compared. */
  #winners(remote: Edit, sql: Edit): Edit[] {
    const { remote: onRemote, sql: onSql } = this.#history;
    return this.#newer(remote, sql, Math.min(shownAt(onSql, this.#part, remote), shownAt(onRemote, this.#part, sql)));
  }

  #newer<E extends Pick<Edit, 'order'>>(remote: E, sql: E, decidedAt: number): E[] {
    const remoteTimes = timesFrom(this.#history.remote, remote.order, decidedAt);
    const shownTimes = timesFrom(this.#history.sql, sql.order, decidedAt);
    // What was sent was edited before, whatever clock stamped the row; also where the row has the same again.
    const value = this.#history.sql.findLast(({ order }) => order <= sql.order)?.values[this.#part];
    const unheard = this.#unheard().filter(({ order, values }) => order > sql.order || values[this.#part] === value);
    const sqlTimes = [...shownTimes, ...unheard.map(({ at }) => Math.min(at, ...shownTimes))];
    const { grainMs } = this.#rules;
    const sqlCanWin = Math.max(...sqlTimes) - Math.min(...remoteTimes) >= grainMs;
    const remoteCanWin = Math.min(...sqlTimes) - Math.max(...remoteTimes) < grainMs;
    return [...(remoteCanWin ? [remote] : []), ...(sqlCanWin ? [sql] : [])];
  }

  /** Under `row`, the values that stand if the edit is dropped because the other record as a whole is newer. */
  #insteadOf(edit: Edit): string[] {
    if (this.#rules.conflicts === 'field') return [];
    const part = this.#part;
    const other = this.#history[otherSide(edit.side)];
    const shown = knownAt(other, part, edit);
    // A late write takes the edit back on the other side, which is then compared as a whole.
    const isTakenBack = other.some(
      (version) => version.order > shown && version.fate === 'late' && version.values[part] !== edit.value,
    );
    const known = isTakenBack ? Infinity : shown;
    const droppedAt = this.#history[edit.side].find(
      ({ order, values }) => order > edit.order && values[part] !== edit.value,
    )?.order;
    return other.flatMap((version, at) => {
      const isRival = version.writer === 'user' && version.order < known && !this.#wasKnown(other, at, edit);
      if (!isRival) return [];
      const [remote, sql] = edit.side === 'remote' ? [edit, version] : [version, edit];
      if (!this.#newer<Pick<Edit, 'order'>>(remote, sql, known).includes(version)) return [];
      const until = Math.min(known, droppedAt ?? Infinity);
      return between(other, version.order, until).flatMap(({ values }) => values[part] ?? []);
    });
  }

  /** Whether everything that a write changed could be seen on the side of an edit before that edit. */
  #wasKnown(shown: readonly Shown[], at: number, edit: Edit): boolean {
    const [before, version] = [shown[at - 1]?.values ?? {}, shown[at]];
    if (!version) return false;
    const changed = Object.entries(version.values).filter(([name, value]) => before[name] !== value);
    const between = this.#history[edit.side].filter(
      ({ order, writer }) => writer === 'sync' && order > version.order && order < edit.order,
    );
    return changed.length > 0 && changed.every(([name, value]) => between.some(({ values }) => values[name] === value));
  }
}

/** The write at one place, and those after it until another place. */
const between = (shown: readonly Shown[], from: number, until: number): readonly Shown[] =>
  shown.filter(({ order }) => order === from || (order > from && order < until));

/** The edit times that a record had from one place on until another. */
function timesFrom(shown: readonly Shown[], from: number, until: number): number[] {
  const times = between(shown, from, until).map(({ editedAt }) => editedAt);
  return times.map((time) => time ?? -Infinity);
}
