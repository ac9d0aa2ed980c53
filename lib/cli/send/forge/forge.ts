import { type VideoCallbackKind } from '../../../callbacks/callback-kind.js';
import { fixtureEvents } from '../../../testing/index.js';
import { type ExitCode, UsageError } from '../../exit-code.js';
import { isSuccess, unreachable } from '../delivery.js';
import { type Exchange, exchange } from '../exchange.js';
import { eventNamed, fixturePayload } from '../payload.js';
import { onlyKind, type Sending } from '../sending.js';
import { reportVerdicts, verdictLine } from './forge-report.js';
import { Forger } from './forger.js';
import { type Attack, type Material } from './hostile-request.js';
import { HOSTILE_REQUESTS } from './hostile-requests.js';
import { judge, type Verdict } from './verdict.js';

/**
 * Sends every hostile request and reports which of them were not refused. A genuine callback must be accepted before
 * and after: an endpoint that refuses everything, from the start or after a while, shows nothing.
 */
export async function forge(sending: Sending): Promise<ExitCode> {
  const { options, endpoint, output, surroundings } = sending;
  const kind = onlyKind(options);
  const event = eventNamed(kind, options.event ?? fixtureEvents(kind)[0]);
  const url = endpoint.urlFor(kind);
  const limits = { timeoutMs: endpoint.timeoutMs, signal: surroundings.signal };
  const forger = forgerOf(sending, kind, event);
  const attack = async ({ query, ...request }: Attack): Promise<Exchange> => {
    const target = new URL(url);
    if (query !== undefined) target.search = target.search === '' ? query : `${target.search}&${query}`;
    const answer = await exchange(target, request, limits);
    limits.signal.throwIfAborted();
    return answer;
  };

  const accepted = forger.sign();
  assertAccepted(await attack(accepted), url, 'A');
  output.line(`A genuine callback (${kind}/${event}) is accepted. Hostile requests:\n`);

  const verdicts: Verdict[] = [];
  const material: Material = { forger, accepted, otherSecret: otherSecret(sending, kind) };
  for (const hostile of HOSTILE_REQUESTS) {
    const request = hostile.make(material);
    if (request === undefined) continue;
    const verdict = judge(hostile, await attack(request));
    verdicts.push(verdict);
    output.line(verdictLine(verdict, output));
  }

  assertAccepted(await attack(forger.sign()), url, 'After the hostile requests a');
  return reportVerdicts({ endpoint: url.href, kind, event, strict: options.strict === true }, verdicts, output);
}

function forgerOf({ secrets, project }: Sending, kind: VideoCallbackKind, event: string): Forger {
  return new Forger({
    secret: secrets.signing(kind),
    claims: project.claims,
    makePayload: () => fixturePayload(kind, event, project.fixture),
  });
}

/** A secret of another kind that is not among those of this kind. */
function otherSecret({ secrets }: Sending, kind: VideoCallbackKind): string | undefined {
  const own = secrets.of(kind);
  return secrets.kinds.map((other) => secrets.signing(other)).find((secret) => !own.includes(secret));
}

function assertAccepted({ status, error, connected }: Exchange, url: URL, article: string): void {
  if (!connected) throw unreachable(url, error);
  if (isSuccess(status)) return;
  throw new UsageError(
    `${article} genuine callback is not accepted (${status ?? error ?? 'no answer'}), so that refusals show nothing: ` +
      'are URL, kind, project and secret those of the endpoint?',
  );
}
