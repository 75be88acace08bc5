const ESCAPE = '\u001b';
const PIECE = new RegExp(`${ESCAPE}\\[[?\\d;]*[A-Za-z]|[^]`, 'gu');

/** What a terminal shows after a program's output: enough of its escapes for prompts that redraw themselves. */
export class Screen {
  readonly #lines: string[][] = [[]];
  #row = 0;
  #column = 0;

  write(output: string): void {
    for (const [piece] of output.matchAll(PIECE)) {
      if (piece.length > 1 && piece.startsWith(ESCAPE)) this.#escape(piece);
      else this.#put(piece);
    }
  }

  text(): string {
    return this.#lines.map((line) => line.join('').trimEnd()).join('\n');
  }

  #put(letter: string): void {
    if (letter === '\n') {
      this.#move(this.#row + 1, 0);
    } else if (letter === '\r') {
      this.#column = 0;
    } else {
      const line = this.#lines[this.#row] ?? [];
      while (line.length < this.#column) line.push(' ');
      line[this.#column] = letter;
      this.#column += 1;
    }
  }

  #escape(sequence: string): void {
    const by = Number(/\d+/.exec(sequence)?.[0] ?? 1);
    const line = this.#lines[this.#row] ?? [];
    const kind = sequence.at(-1);
    if (kind === 'A') this.#move(this.#row - by, this.#column);
    else if (kind === 'B') this.#move(this.#row + by, this.#column);
    else if (kind === 'C') this.#move(this.#row, this.#column + by);
    else if (kind === 'D') this.#move(this.#row, this.#column - by);
    else if (kind === 'G') this.#move(this.#row, by - 1);
    else if (kind === 'K') line.length = Math.min(line.length, sequence.includes('2') ? 0 : this.#column);
    else if (kind === 'J') {
      line.length = Math.min(line.length, this.#column);
      this.#lines.length = this.#row + 1;
    }
  }

  #move(row: number, column: number): void {
    this.#row = Math.max(0, row);
    this.#column = Math.max(0, column);
    while (this.#lines.length <= this.#row) this.#lines.push([]);
  }
}
