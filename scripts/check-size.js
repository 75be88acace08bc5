import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const MAX_FUNCTION_LINES = 60;
const MAX_FILE_LINES = 399;
const FOLDERS = ['src', 'packages/notion-emulator/src', 'packages/google-emulator/src'];

// Prints the five longest functions and files; fails when one is over its limit.
const files = FOLDERS.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(folder, path)),
);
const functions = [];
const sizes = files.map((file) => {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  collect(source, source);
  return { name: file, lines: source.text.split('\n').length - 1 };
});
const isTooLong = [
  report('Longest functions', functions, MAX_FUNCTION_LINES),
  report('Longest files', sizes, MAX_FILE_LINES),
].includes(true);
process.exitCode = isTooLong ? 1 : 0;

function collect(node, source) {
  if (ts.isFunctionLike(node) && node.body) {
    const lineAt = (position) => source.getLineAndCharacterOfPosition(position).line;
    const line = lineAt(node.getStart());
    const name = node.name?.getText() ?? node.parent.name?.getText() ?? '(anonymous)';
    functions.push({ name: `${source.fileName}:${line + 1} ${name}`, lines: lineAt(node.end) - line + 1 });
  }
  ts.forEachChild(node, (child) => collect(child, source));
}

function report(title, measured, max) {
  const longest = measured.sort((a, b) => b.lines - a.lines);
  const tooLong = longest.filter(({ lines }) => lines > max);
  console.log(`${title} (at most ${max} lines):`);
  for (const { name, lines } of longest.slice(0, Math.max(5, tooLong.length))) console.log(`  ${lines}  ${name}`);
  return tooLong.length > 0;
}
