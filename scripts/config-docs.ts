import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rowsOf } from '../src/config.ts';
import { variables } from '../src/variables.ts';

// Writes .env.example and the guide's table of variables from src/variables.ts. With --check, it only says
// whether they are current.

const START = '<!-- variables: written by `npm run docs:config` from src/variables.ts -->';
const END = '<!-- end of variables -->';
const COMMENT_WIDTH = 100;

type Row = ReturnType<typeof rowsOf>[number];

const sections: readonly (readonly [string, readonly Row[]])[] = Object.entries(variables).map(([title, section]) => [
  title,
  rowsOf(section),
]);

/** The default as a value of the environment; undefined where there is none, or where it depends on the machine. */
const defaultOf = (row: Row): string | undefined =>
  'default' in row && typeof row.default === 'string' ? row.default : undefined;

function guideSection([title, rows]: (typeof sections)[number]): string {
  const lines = rows.map((row) => {
    const value = defaultOf(row);
    const shown = row.defaultText ?? (value === undefined ? 'none' : `\`${value}\``);
    return `| \`${row.env}\` | ${shown} | ${row.description} |`;
  });
  return [`### ${title}`, '', '| Variable | Default | Description |', '| --- | --- | --- |', ...lines].join('\n');
}

function guide(text: string): string {
  const [before, rest] = text.split(START);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`docs/guide.md lacks the markers ${START} and ${END}`);
  return [before, START, '\n\n', sections.map(guideSection).join('\n\n'), '\n\n', END, after].join('');
}

const plainText = (markdown: string): string => markdown.replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1').replaceAll('`', '');

function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < COMMENT_WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => `# ${line}`);
}

function envExample(): string {
  const head = [
    '# Copy this file to .env, and remove the # before each variable that you set. Every variable is optional.',
    '# The environment takes precedence. `npm run docs:config` writes this file from src/variables.ts.',
  ];
  const rows = sections.flatMap(([title, rows]) => [
    '',
    `## ${title}`,
    ...rows.flatMap((row) => [
      ...wrap(plainText(row.description)),
      `#${row.env.replace('<ENTITY>', 'TASKS')}=${defaultOf(row) ?? row.example ?? ''}`,
    ]),
  ]);
  return `${[...head, ...rows].join('\n')}\n`;
}

const pathOf = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));
const read = (name: string): string => readFileSync(pathOf(name), 'utf8');

const written = { '.env.example': envExample(), 'docs/guide.md': guide(read('docs/guide.md')) };
const outdated = Object.entries(written).filter(([name, text]) => read(name) !== text);
if (process.argv.includes('--check')) {
  for (const [name] of outdated) console.error(`${name} is not current: run npm run docs:config`);
  process.exitCode = outdated.length > 0 ? 1 : 0;
} else {
  for (const [name, text] of outdated) {
    writeFileSync(pathOf(name), text);
    console.log(`Wrote ${name}`);
  }
}
