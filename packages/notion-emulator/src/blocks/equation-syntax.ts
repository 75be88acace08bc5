import type { Code, Construct, Effects, Extension, State } from 'micromark-util-types';

const DOLLAR = 36;
const TICK = 96;

const isSpace = (code: Code): boolean => code === null || code < 0 || code === 32;
const isAlphanumeric = (code: Code): boolean =>
  code !== null && code >= 0 && /[\p{L}\p{N}]/u.test(String.fromCodePoint(code));

/**
 * `` $`x^2`$ ``, or `$x^2$` where no letter or digit touches it outside, and no
 * space inside. Its tokens are those of code, so that the tree has an
 * `inlineCode` whose source begins with a dollar.
 */
const equation: Construct = {
  name: 'equation',
  tokenize(effects, ok, nok) {
    return equationState(this.previous, effects, ok, nok);
  },
};

function equationState(previous: Code, effects: Effects, ok: State, nok: State): State {
  let ticked = false;
  let last: Code = null;
  const delimiter = (code: Code, next: State): State => {
    effects.enter('codeTextSequence');
    effects.consume(code);
    effects.exit('codeTextSequence');
    return next;
  };
  const start: State = (code) => {
    effects.enter('codeText');
    return delimiter(code, opened);
  };
  const opened: State = (code) => {
    ticked = code === TICK;
    if (ticked) return delimiter(code, first);
    return previous === DOLLAR || isAlphanumeric(previous) ? nok(code) : first(code);
  };
  const first: State = (code) => {
    if (code === DOLLAR || code === TICK || (isSpace(code) && !ticked)) return nok(code);
    effects.enter('codeTextData');
    return data(code);
  };
  const data: State = (code) => {
    if (code === null || code === -5 || code === -4 || code === -3) return nok(code);
    if (code === (ticked ? TICK : DOLLAR) && (ticked || !isSpace(last))) {
      effects.exit('codeTextData');
      return delimiter(code, ticked ? closing : closed);
    }
    last = code;
    effects.consume(code);
    return data;
  };
  const closing: State = (code) => (code === DOLLAR ? delimiter(code, closed) : nok(code));
  const closed: State = (code) => {
    if (!ticked && isAlphanumeric(code)) return nok(code);
    effects.exit('codeText');
    return ok(code);
  };
  return start;
}

export const equationSyntax: Extension = { text: { [DOLLAR]: equation } };
