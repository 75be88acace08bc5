/** An error answer in Notion's format. @see https://developers.notion.com/reference/status-codes */
export class NotionError extends Error {
  readonly status: number;
  readonly code: string;
  readonly additionalData: Readonly<Record<string, unknown>> | undefined;
  /** For the `Retry-After` header, in seconds. */
  readonly retryAfter: number | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    more: { additionalData?: Readonly<Record<string, unknown>>; retryAfter?: number } = {},
  ) {
    super(message);
    this.name = 'NotionError';
    this.status = status;
    this.code = code;
    this.additionalData = more.additionalData;
    this.retryAfter = more.retryAfter;
  }
}

export const invalid = (message: string): NotionError => new NotionError(400, 'validation_error', message);

export const notFound = (kind: 'page' | 'database' | 'data_source' | 'user' | 'block', id: string): NotionError =>
  new NotionError(
    404,
    'object_not_found',
    `Could not find ${kind} with ID: ${id}. Make sure the relevant pages and databases are shared with your integration.`,
  );

export const notModelled = (what: string): NotionError =>
  new NotionError(501, 'not_implemented', `${what} is not modelled by the emulator.`);

export const inTrash = (): NotionError =>
  invalid("Can't edit block that is archived. You must unarchive the block before editing.");
