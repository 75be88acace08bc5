import type { Block, TableRow } from './blocks/model.ts';
import { uuidFrom } from './ids.ts';
import type { Commit, Put } from './journal.ts';
import type { Run } from './model.ts';

/** A table as data files had it before its rows were blocks. */
interface OldTable {
  readonly id: string;
  readonly rows: readonly (readonly (readonly Run[])[])[];
}

/** A commit of an older data file, with the rows of tables as blocks. */
export const withTableRows = (commit: Commit): Commit => ({ ...commit, puts: commit.puts.map(withRows) });

const withRows = (put: Put): Put =>
  put.table === 'body' ? { ...put, row: { ...put.row, blocks: put.row.blocks.map(upgraded) } } : put;

function upgraded(block: Block): Block {
  if (isOldTable(block)) {
    const { rows, ...table } = block;
    const children = rows.map(
      (cells, index): TableRow => ({ id: uuidFrom(`row ${index} of ${block.id}`), type: 'table_row', cells }),
    );
    return { ...table, children };
  }
  if (block.type === 'table' || !('children' in block)) return block;
  return { ...block, children: block.children.map(upgraded) };
}

const isOldTable = (block: Block): block is Extract<Block, { type: 'table' }> & OldTable => 'rows' in block;
