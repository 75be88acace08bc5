/** How an answer of the emulator differs from the recorded one. */
export type Difference = 'shape' | 'kinder' | 'stricter' | 'unsupported' | 'other error';

interface Reason {
  readonly of: readonly Difference[];
  readonly matches: RegExp;
  readonly reason: string;
}

const OUTSIDE = 'the recording relies on something that was made before it began or outside it';

/** The known differences. `matches` is tried on the request, a space, and the difference. */
const REASONS: readonly Reason[] = [
  // What a recording alone does not say.
  {
    of: ['stricter', 'other error'],
    matches: /Could not find (page|database|block|comment|file_upload|async task|user|view)/,
    reason: OUTSIDE,
  },
  {
    of: ['stricter'],
    matches: /Could not find (sort )?property with (name or id|ID)|is not a property that exists/,
    reason: `${OUTSIDE}: a property of a type that is not created for it, or with an id that no answer shows`,
  },
  {
    of: ['stricter'],
    matches: /start_cursor provided is invalid/,
    reason: `${OUTSIDE}: the query that gave the cursor`,
  },
  {
    of: ['stricter'],
    matches: /after_block\.id should be a child/,
    reason: `${OUTSIDE}: the sibling of the new block`,
  },
  { of: ['stricter'], matches: /there is no \w+ option with the id/, reason: `${OUTSIDE}: the option of that id` },
  {
    of: ['stricter'],
    matches: /^PATCH blocks\/\{id\} .*(body\.type should be|body\.\w+ should be not present, instead was `\{)/,
    reason: 'a block that was made outside the recording is a paragraph here',
  },
  {
    of: ['shape'],
    matches: /^(GET|DELETE|PATCH) blocks\/\{id\} \w+(\.icon)?: (missing|extra)$/,
    reason: 'a block that was made outside the recording is a paragraph here',
  },
  {
    of: ['shape'],
    matches: /parent\.(workspace|page_id|block_id|database_id|data_source_id): (missing|extra)$/,
    reason: 'what was made outside the recording is in the page of the workspace here',
  },
  {
    of: ['shape'],
    matches: /person\.email(_verified)?: missing$|bot\.(owner|workspace_\w+): extra$/,
    reason: 'what a token may read of users differs by workspace and integration',
  },
  {
    of: ['stricter'],
    matches: /body should be an object, instead was `"/,
    reason: 'the recording holds the parts of a file as text, so they cannot be sent as a form',
  },
  {
    of: ['stricter'],
    matches: /Invalid request URL/,
    reason: 'the recorded path ends with a slash; the emulator takes the documented path',
  },
  {
    of: ['stricter'],
    matches:
      /^PATCH (data_sources|databases)\/.*(should define one property type|body\.properties should be not present)/,
    reason: `${OUTSIDE}: the renamed property, or a database of a version before data sources`,
  },
  {
    of: ['shape'],
    matches: /(created_by|last_edited_by)\.(bot|person): (missing|extra)$/,
    reason: 'what was made outside the recording was made by a person here',
  },
  // What the emulator does otherwise.
  {
    of: ['stricter'],
    matches: /body\.\w+\.children should be not present, instead was `\[\]`/,
    reason: 'Notion ignores an empty list of children in an update; the emulator refuses unknown fields',
  },
  {
    of: ['shape'],
    matches: /mention\.user\.(name|avatar_url|type|person|bot): missing$/,
    reason: 'the emulator answers the id of a mentioned person; Notion also sends the whole user at times',
  },
  {
    of: ['shape'],
    matches:
      /(is_archived|is_locked|in_trash|archived|public_url|additional_data|display_name|description|data_sources): extra$/,
    reason: 'the answer was recorded before Notion added the field',
  },
  {
    of: ['shape'],
    matches: /^GET databases\/\{id\} (created_by|last_edited_by|properties): missing$/,
    reason: 'the answer was recorded as of version 2022-06-28',
  },
  {
    of: ['shape'],
    matches: /(upload_url|complete_url): (missing|extra)$/,
    reason: 'an upload of an external file is done at once here, and a sent file is not sent again',
  },
  {
    of: ['shape'],
    matches: /formula\.\w+: (missing|extra)$|formula\.(expression|type)/,
    reason:
      'the emulator computes only formulas that are another property; others are unsupported until a person sets them',
  },
  {
    of: ['shape'],
    matches: /icon\.(icon|external): (missing|extra)$/,
    reason: 'icons of Notion are answered as their address',
  },
  { of: ['shape'], matches: /paragraph\.icon: extra$/, reason: 'the answer was recorded before paragraphs had icons' },
  {
    of: ['unsupported'],
    matches: /does not support (a block of type (tab|template)|moving a data source|an icon of type custom_emoji)/,
    reason: 'listed in the README under limits',
  },
];

/** Why a difference is there; undefined when nobody has looked at it. */
export const reasonOf = (difference: Difference, request: string, what: string): string | undefined =>
  REASONS.find(({ of, matches }) => of.includes(difference) && matches.test(`${request} ${what}`))?.reason;
