import { FinalError, RecordError } from '../../errors.ts';
import { toMarkdown } from '../../notion/markdown.ts';
import { plainSpan } from '../../notion/rich-text.ts';
import { pluralize } from '../../operations/status/format-status.ts';
import type { Chore } from '../chores/chore.ts';
import { sha256 } from '../note-files/render-note.ts';
import { askModel } from './chat-completions.ts';
import { buildQuestion, type Idea, parseIdeas } from './ideas.ts';
import { readNotesToAnalyse, saveIdeas, type UpgradeIdea } from './session-note-store.ts';

/** Limits the cost of a first run over many notes. */
const MAX_NOTES = 20;
const MAX_MESSAGES = 3;

/** Sends each new or changed session note to a model; the ideas that it finds become rows of the entity with the role `system_upgrades`. */
export const sessionNotes: Chore = async ({ config: { ai }, database, claims, signal, progress }) => {
  if (!ai) return 'no model is asked: LOCKSTEP_AI_URL is not set';
  return claims.hold('session-notes', { signal }, async (held) => {
    const notes = await readNotesToAnalyse(database, MAX_NOTES);
    const failures: RecordError[] = [];
    let ideas = 0;
    for (const note of notes) {
      try {
        const found = parseIdeas(await askModel(ai, buildQuestion(note.text, note.noted), held));
        ideas += await saveIdeas(database, note, found.map(toUpgrade));
      } catch (error) {
        if (!(error instanceof RecordError)) throw error;
        failures.push(new RecordError(error.code, `note ${note.id}: ${error.message}`));
        // Marked as analysed: another try would cost the same and probably fail again. A refusal costs nothing.
        if (error.code === 'ai_unusable') await saveIdeas(database, note, []);
      }
      progress();
    }
    const refused = failures.filter(({ code }) => code === 'ai_refused');
    if (refused.length > 0 && refused.length === notes.length) {
      throw new FinalError(
        'ai_refused',
        `${refused[0]?.message}, and every other question too: check that the model supports response_format`,
      );
    }
    const messages = failures.slice(0, MAX_MESSAGES).map(({ message }) => message);
    return [`${pluralize(ideas, 'new idea')} from ${pluralize(notes.length, 'note')}`, ...messages].join('; ');
  });
};

/** As plain text, so that no link or image from the model becomes active in Notion. */
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
