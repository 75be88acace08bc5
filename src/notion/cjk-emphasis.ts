import { attention } from 'micromark-core-commonmark';
import { gfmStrikethrough } from 'micromark-extension-gfm-strikethrough';
import type { Code, Construct, Extension } from 'micromark-util-types';

const STAR = 42;
const TILDE = 126;

/**
 * `**文字：**后续` is bold, as a reader of a script without spaces expects. In CommonMark the stars stay: they stand
 * between punctuation and a letter, which there only happens at the outer edge of a word. For `*` and `~~`, a character
 * of Chinese, Japanese or Korean, punctuation included, is therefore no reason against an emphasis.
 * @see https://github.com/tats-u/markdown-cjk-friendly/blob/main/specification.md
 */
export const cjkEmphasis = (): Extension => ({ text: { [STAR]: loosened(attention) } });

/** `~~` of GFM, with the same rule. */
export function cjkStrikethrough(): Extension {
  const extension = gfmStrikethrough({ singleTilde: false });
  const construct = extension.text?.[TILDE];
  // The extension has exactly one construct.
  return { ...extension, text: { [TILDE]: loosened(construct as Construct) } };
}

function loosened(construct: Construct): Construct {
  return {
    ...construct,
    tokenize(effects, ok, nok) {
      const { previous } = this;
      const decided = (code: Code) => {
        const [, sequence] = this.events.at(-1) ?? [];
        if (sequence && (isCjk(previous) || isCjk(code))) {
          sequence._open = opens(previous, code);
          sequence._close = opens(code, previous);
        }
        return ok(code);
      };
      return construct.tokenize.call(this, effects, decided, nok);
    },
  };
}

/** Whether a sequence can open an emphasis towards `inner`; towards the other side, it can close one. */
const opens = (outer: Code, inner: Code): boolean =>
  !isSpace(inner) && (!isPunctuation(inner) || isSpace(outer) || isPunctuation(outer) || isCjk(outer));

/** Planes 2 and 3 are Han: the first half of a pair tells. */
const CJK =
  /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Bopomofo}\u3001-\u303f\ufe30-\ufe4f\uff01-\uff60\uffe0-\uffe6\ud840-\ud8bf]/u;

const toText = (code: Code): string => (code === null || code < 0 ? ' ' : String.fromCodePoint(code));
const isCjk = (code: Code): boolean => CJK.test(toText(code));
/** The ends of a line, and the codes of micromark for tabs and line ends, are spaces. */
const isSpace = (code: Code): boolean => /\s/u.test(toText(code));
const isPunctuation = (code: Code): boolean => !isCjk(code) && /[\p{P}\p{S}]/u.test(toText(code));
