import { type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { type FixtureEnvironment } from '../../testing/index.js';
import { type CommonOptions } from '../options.js';
import { Output } from '../output.js';
import { type SignatureSecrets } from '../signature-secrets.js';
import { type Surroundings, UsageError } from '../surroundings.js';
import { endpointUrl } from './endpoint.js';
import { exchange, type Exchange, type OutgoingRequest } from './exchange.js';

/** The options of `send`. */
export interface SendOptions extends CommonOptions {
  readonly kind?: readonly VideoCallbackKind[];
  readonly event?: string;
  readonly set?: readonly string[];
  readonly file?: string;
  readonly count?: number;
  readonly copies?: number;
  readonly resign?: true;
  readonly scenario?: string;
  readonly speed?: number;
  readonly forge?: true;
  readonly strict?: true;
  /** How long an answer may take, in seconds. */
  readonly timeout?: number;
  readonly path?: readonly (readonly [kind: VideoCallbackKind, path: string])[];
  readonly iOwnThisEndpoint?: true;
  readonly apiKey?: string;
  readonly applicationId?: string;
  readonly environment?: FixtureEnvironment;
}

/** What the ways of sending have in common. */
export class Sending {
  readonly output: Output;
  readonly project: ReturnType<typeof projectOf>;

  /** @throws {UsageError} if no project is named */
  constructor(
    private readonly address: string,
    readonly options: SendOptions,
    readonly secrets: SignatureSecrets,
    readonly surroundings: Surroundings,
  ) {
    this.output = new Output(options, surroundings);
    this.project = projectOf(options, surroundings);
  }

  /**
   * The one kind that was asked for.
   *
   * @throws {UsageError} if there is none, or more
   */
  get kind(): VideoCallbackKind {
    const [kind, ...others] = this.options.kind ?? [];
    if (kind === undefined) throw new UsageError('--kind is missing');
    if (others.length > 0) throw new UsageError('--kind is given more than once');
    return kind;
  }

  /** @throws {UsageError} as {@link endpointUrl} */
  urlFor(kind: VideoCallbackKind): URL {
    return endpointUrl(this.address, kind, this.options);
  }

  /**
   * Sends one request and waits for the answer.
   *
   * @throws {UsageError} if nothing listens at the address
   */
  async exchange(url: URL, request: OutgoingRequest): Promise<Exchange> {
    const { timeout = 10 } = this.options;
    const { signal } = this.surroundings;
    const answer = await exchange(url, request, { timeoutMs: timeout * 1000, signal });
    signal.throwIfAborted();
    if (answer.connected) return answer;
    throw new UsageError(`${url.origin} cannot be reached: ${answer.error ?? 'no connection'}`);
  }
}

/**
 * Whose callbacks are sent: the claims that name the project, and how fixtures name it. Read from the options, and from
 * the environment for what they leave out.
 *
 * @throws {UsageError} if no project is named, or the environment does not fit it
 */
function projectOf(options: SendOptions, { env }: Surroundings) {
  const { apiKey = env['VIDEO_API_KEY'], applicationId = env['VIDEO_APPLICATION_ID'] } = options;
  if (apiKey === '') throw new UsageError('--api-key or VIDEO_API_KEY is empty');
  if (applicationId === '') throw new UsageError('--application-id or VIDEO_APPLICATION_ID is empty');
  if (apiKey === undefined && applicationId === undefined) {
    throw new UsageError('no project is named: use --api-key (VIDEO_API_KEY) or --application-id');
  }
  // OpenTok payloads hold the project as a number.
  const projectId = apiKey !== undefined && /^\d{1,15}$/.test(apiKey) ? apiKey : undefined;
  const isUnified = applicationId !== undefined || projectId === undefined;
  const { environment = isUnified ? 'unified' : 'openTok' } = options;
  if (environment === 'openTok' && apiKey !== projectId) {
    throw new UsageError('an OpenTok project key has digits only: leave --environment out, or use unified');
  }
  return { claims: { apiKey, applicationId }, fixture: { environment, projectId, applicationId } };
}
