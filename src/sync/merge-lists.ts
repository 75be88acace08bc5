type List = readonly string[];

/**
 * Applies the additions and removals of both sides. The elements have the winner's order; what the loser added stays
 * before the element that it was put before.
 */
export function mergeLists(base: List, winner: List, loser: List): string[] {
  const isRemoved = (item: string): boolean => base.includes(item) && !loser.includes(item);
  const merged = winner.filter((item) => !isRemoved(item));
  let next: string | undefined;
  for (const item of loser.toReversed()) {
    if (!merged.includes(item)) {
      if (base.includes(item)) continue;
      merged.splice(next === undefined ? merged.length : merged.indexOf(next), 0, item);
    }
    next = item;
  }
  return merged;
}

/** Whether the loser moved elements in a way that the merged list does not show. */
export function losesOrder(base: List, winner: List, loser: List): boolean {
  return !hasSameOrder(loser, base) && !hasSameOrder(loser, mergeLists(base, winner, loser));
}

/** Compares the order of the elements that both lists have. */
function hasSameOrder(a: List, b: List): boolean {
  const common = b.filter((item) => a.includes(item));
  return a.filter((item) => b.includes(item)).every((item, at) => item === common[at]);
}
