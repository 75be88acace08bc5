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

  /** The error as this integration sees it. */
  forIntegration(_integration: NamedIntegration | undefined): NotionError {
    return this;
  }
}

interface NamedIntegration {
  readonly botId: string;
  readonly name: string;
}

/** Names the integration that something is not shared with. */
class NotSharedError extends NotionError {
  override forIntegration(integration: NamedIntegration | undefined): NotionError {
    if (!integration) return this;
    const message = this.message.replace(/your integration\.$/, `your integration "${integration.name}".`);
    return new NotionError(this.status, this.code, message, { additionalData: { integration_id: integration.botId } });
  }
}

export const invalid = (message: string): NotionError => new NotionError(400, 'validation_error', message);

type Findable = 'page' | 'database' | 'data_source' | 'user' | 'block' | 'comment' | 'view' | 'file_upload';

export function notFound(kind: Findable, id: string): NotionError {
  if (kind === 'user') {
    return new NotSharedError(
      404,
      'object_not_found',
      `Could not find user with ID: ${id}. Make sure your integration has capabilities to read user information. With those capabilities, only members and guests in the integration's workspace are visible.`,
    );
  }
  // Notion says "database" of a data source, too.
  const named = kind === 'data_source' ? 'database' : kind;
  return new NotSharedError(
    404,
    'object_not_found',
    `Could not find ${named} with ID: ${id}. Make sure the relevant pages and databases are shared with your integration.`,
  );
}

/** Clients show the message of a code that Notion also uses. */
export const notSupported = (what: string): NotionError =>
  new NotionError(501, 'invalid_request', `The emulator does not support ${what}.`);

export const inTrash = (): NotionError =>
  invalid("Can't edit block that is archived. You must unarchive the block before editing.");
