import { FinalError, RecordError } from '../../errors.ts';
import { toMarkdown } from '../../notion/markdown.ts';
import { plainSpan } from '../../notion/rich-text.ts';
import { counted } from '../../operations/status/format-status.ts';
import type { Chore } from '../chores/chore.ts';
import { sha256 } from '../note-files/note.ts';
import { ask } from './chat.ts';
import { type Idea, questionFor, readIdeas } from './ideas.ts';
import { notesToAnalyse, saveIdeas, type UpgradeIdea } from './session-note-store.ts';

/** So that a first run over many years of notes costs no fortune. */
const NOTES_AT_ONCE = 20;
const MOST_TOLD = 3;

/** A model reads each session note once, and again when it has changed; its ideas become rows of `system_upgrades`. */
export const sessionNotes: Chore = async ({ config: { ai }, database, claims, signal, progress }) => {
  if (!ai) return 'nobody is asked: LOCKSTEP_AI_URL is not set';
  return claims.hold('session-notes', signal, async (held) => {
    const notes = await notesToAnalyse(database, NOTES_AT_ONCE);
    const troubles: RecordError[] = [];
    let ideas = 0;
    for (const note of notes) {
      try {
        const found = readIdeas(await ask(ai, questionFor(note.text, note.noted), held));
        ideas += await saveIdeas(database, note, found.map(toUpgrade));
      } catch (error) {
        if (!(error instanceof RecordError)) throw error;
        troubles.push(new RecordError(error.code, `note ${note.id}: ${error.message}`));
        // Asked again, it would say the like, and cost the same; a refusal costs nothing.
        if (error.code === 'ai_unusable') await saveIdeas(database, note, []);
      }
      progress();
    }
    const refused = troubles.filter(({ code }) => code === 'ai_refused');
    if (refused.length > 0 && refused.length === notes.length) {
      throw new FinalError('ai_refused', `${refused[0]?.message}, and every other: does it take response_format?`);
    }
    const told = troubles.slice(0, MOST_TOLD).map(({ message }) => message);
    return [`${counted(ideas, 'new idea')} from ${counted(notes.length, 'note')}`, ...told].join('; ');
  });
};

/** As plain words: neither a link nor a picture of the model's comes alive in Notion. */
const toUpgrade = ({ title, description, priority, category }: Idea): UpgradeIdea => ({
  sha256: sha256(
    title
      .normalize('NFKC')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim(),
  ),
  title: title.replace(/\s+/g, ' '),
  description: toMarkdown([plainSpan(description)]),
  priority,
  category,
});
