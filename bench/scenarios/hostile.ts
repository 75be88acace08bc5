import { RecordError } from '../../src/errors.ts';
import { parseMarkdown, toMarkdown } from '../../src/notion/markdown.ts';
import { plainSpan } from '../../src/notion/rich-text.ts';
import { decodeText, encodeText } from '../../src/notion/text-codec.ts';
import { field, hostileTexts, MAX_LENGTH, richTextOf } from '../hostile-texts.ts';
import { cpuSecondsOf } from '../process-usage.ts';
import { atMost, type Scenario, type Target } from '../scenario.ts';

const MAX_SECONDS = 1;
const MEASURES = {
  'read from SQL': readFromSql,
  'read from Notion': readFromNotion,
  'written to Notion': writeToNotion,
};

/** Texts made to be slow to read or write, up to Notion's limit: the CPU time of the slowest. */
export const hostile: Scenario = {
  name: 'hostile',
  run: async ({ log }) => {
    log(`hostile: ${Object.keys(hostileTexts).length} texts of up to ${MAX_LENGTH} characters`);
    const targets: Target[] = [];
    for (const [what, measure] of Object.entries(MEASURES)) {
      let slowest = 0;
      for (const text of Object.values(hostileTexts)) slowest = Math.max(slowest, await measure(text));
      targets.push(atMost(`CPU time of the slowest hostile text that is ${what}`, slowest, MAX_SECONDS, 's'));
    }
    return { runs: [], targets };
  },
};

/** @returns seconds of CPU time, as the others */
function readFromSql(text: string): Promise<number> {
  return cpuSecondsOf(() => {
    parseMarkdown(text);
    toMarkdown([plainSpan(text)]);
  });
}

function readFromNotion(text: string): Promise<number> {
  const items = richTextOf(text);
  return cpuSecondsOf(() => decodeText(field, items));
}

/** An edit of one character, which is compared with what Notion has. */
function writeToNotion(text: string): Promise<number> {
  const { value, residue } = decodeText(field, richTextOf(text));
  const edited = `${value}!`.slice(0, MAX_LENGTH);
  return cpuSecondsOf(() => {
    try {
      encodeText(field, edited, residue);
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
    }
  });
}
