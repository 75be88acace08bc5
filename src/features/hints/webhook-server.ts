import { HttpService, routeByPath } from '../../shared/http-service.ts';
import { type GoogleWebhooksOptions, googleWebhooks } from './google-webhooks.ts';
import { type NotionWebhooksOptions, notionWebhooks } from './notion-webhooks.ts';

export interface WebhookServerOptions extends NotionWebhooksOptions, GoogleWebhooksOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
}

/**
 * Receives the webhooks of Notion and Google, and turns them into hints. It accepts nothing unsigned, stores nothing,
 * and answers at once. When a hint cannot be given, it answers 503, so that the sender tries again.
 * @throws ConfigurationError when the address cannot be listened on
 */
export async function startWebhookServer(options: WebhookServerOptions): Promise<HttpService> {
  const { host, port, say } = options;
  const service = new HttpService({
    id: 'webhooks',
    address: { host, port },
    say,
    handle: routeByPath({
      '/notion': { method: 'POST', handle: notionWebhooks(options) },
      '/google': { method: 'POST', handle: googleWebhooks(options) },
    }),
  });
  await service.run();
  return service;
}
