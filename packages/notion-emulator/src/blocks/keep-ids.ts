import { diffArrays } from 'diff';
import { type Block, childrenOf, everyBlock, withChildren } from './model.ts';

/** A block's Markdown, the same for all viewers and at all times. */
type Signature = (block: Block) => string;

/**
 * Replaces the old blocks by the fresh ones. A block with equal content stays the
 * same block. Blocks between two of these keep their ids where the types match,
 * so that links and comments stay valid, as in Notion.
 */
export function keepIds(before: readonly Block[], fresh: readonly Block[], signature: Signature): Block[] {
  const old = new Set([...everyBlock(before)].map(({ id }) => id));
  // An id that the text names belongs to that block only.
  const named = new Set([...everyBlock(fresh)].flatMap(({ id }) => (old.has(id) ? [id] : [])));
  return align(before, fresh, signature, named);
}

function align(
  before: readonly Block[],
  fresh: readonly Block[],
  signature: Signature,
  named: ReadonlySet<string>,
): Block[] {
  const kept: Block[] = [];
  let removed: Block[] = [];
  let added: Block[] = [];
  const closeGap = (): void => {
    for (const block of added) kept.push(inPlace(block, removed, signature, named));
    removed = [];
    added = [];
  };
  let [oldIndex, freshIndex] = [0, 0];
  for (const { count, added: isAdded, removed: isRemoved } of diffArrays(before.map(signature), fresh.map(signature))) {
    if (isAdded) added.push(...fresh.slice(freshIndex, freshIndex + count));
    else if (isRemoved) removed.push(...before.slice(oldIndex, oldIndex + count));
    else {
      closeGap();
      kept.push(...before.slice(oldIndex, oldIndex + count));
    }
    if (!isRemoved) freshIndex += count;
    if (!isAdded) oldIndex += count;
  }
  closeGap();
  return kept;
}

/** The block with the id of the first removed block of its type, which is taken from `removed`. */
function inPlace(block: Block, removed: Block[], signature: Signature, named: ReadonlySet<string>): Block {
  if (named.has(block.id)) return block;
  const index = removed.findIndex(({ type, id }) => type === block.type && !named.has(id));
  const [old] = index < 0 ? [] : removed.splice(index, 1);
  if (!old) return block;
  const children = align(childrenOf(old), childrenOf(block), signature, named);
  return { ...withChildren(block, children), id: old.id };
}
