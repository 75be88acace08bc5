import { ConfigurationError } from '../../errors.ts';
import { HttpService } from '../../shared/http-service.ts';
import { formatListenAddress, type ListenAddress } from '../../shared/listen-address.ts';
import { isLoopback } from '../../shared/loopback.ts';
import { type AnswerOptions, Answers } from './answer.ts';

/** Of a form: some typed values, or the ids of chosen conflicts. */
const MAX_BODY_BYTES = 100_000;

export interface DashboardOptions extends AnswerOptions, ListenAddress {}

/**
 * Serves the pages. It logs no address, path or token of a visitor.
 * @throws ConfigurationError when the address cannot be listened on, or is open to other machines without a token
 */
export async function startDashboard(options: DashboardOptions): Promise<HttpService> {
  const { host, port, token, say } = options;
  const address = { host, port };
  if (token === undefined && !isLoopback(`http://${formatListenAddress(address)}`)) {
    throw new ConfigurationError(
      `LOCKSTEP_DASHBOARD_TOKEN is not set: on ${host} the dashboard requires it; create one with: openssl rand -hex 32`,
    );
  }
  const answers = new Answers(options);
  const service = new HttpService({
    id: 'dashboard',
    ...{ address, say, maxBodyBytes: MAX_BODY_BYTES },
    checkHost: (name) => answers.checkHost(name),
    handle: (request) => answers.answer(request),
    replyToError: (error, headers) => answers.answerError(error, headers),
  });
  await service.run();
  return service;
}
