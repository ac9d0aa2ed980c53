import { fixturePayload } from '../../testing/callback-fixture.js';
import { fixtureEvents, signCallback } from '../../testing/index.js';
import { EXIT, type ExitCode, UsageError } from '../surroundings.js';
import { answerHint } from './answer-hint.js';
import { type Exchange, isSuccess } from './exchange.js';
import { type Attack, type Fault, hostileRequests, type Material } from './hostile-requests.js';
import { eventNamed } from './payload.js';
import { type Sending } from './sending.js';

/** A hostile request and how the endpoint answered it. */
interface Verdict extends Pick<Exchange, 'status' | 'error'> {
  readonly id: string;
  readonly title: string;
  readonly outcome: 'refused' | 'accepted' | 'error' | 'unclear';
  /** The finding; `undefined` if the request was refused. */
  readonly fault: string | undefined;
}

/**
 * Sends every hostile request and reports which of them were not refused. A genuine callback must be accepted before
 * and after: an endpoint that refuses everything proves nothing.
 */
export async function forge(sending: Sending): Promise<ExitCode> {
  const { options, output, kind } = sending;
  const event = eventNamed(kind, options.event ?? fixtureEvents(kind)[0]);
  const url = sending.urlFor(kind);
  const send = ({ query, ...request }: Attack): Promise<Exchange> => {
    const target = new URL(url);
    if (query !== undefined) target.search = target.search === '' ? query : `${target.search}&${query}`;
    return sending.exchange(target, request);
  };
  const material = materialOf(sending, event);
  assertAccepted(await send(material.accepted), sending, 'A');
  output.line(`A genuine callback (${kind}/${event}) is accepted. Hostile requests:\n`);

  const faults = hostileRequests(material);
  const verdicts: Verdict[] = [];
  for (const fault of faults) {
    for (const [id, [title, make]] of Object.entries(fault.requests)) {
      if (make === undefined) continue;
      const request = make();
      const { status, error } = await send(request);
      const outcome = outcomeOf(status, request);
      const verdict = { id, title, status, error, outcome, fault: { ...REVEALED, accepted: fault.id }[outcome] };
      verdicts.push(verdict);
      output.line(verdictLine(verdict, fault, sending));
    }
  }
  assertAccepted(await send(material.sign()), sending, 'After the hostile requests a');

  return report({ endpoint: url.href, kind, event, strict: options.strict === true }, faults, verdicts, sending);
}

/** The finding from an answer that is not a success. */
const REVEALED = { refused: undefined, error: 'request_unhandled', unclear: 'answer_unclear' } as const;

function materialOf({ kind, secrets, project }: Sending, event: string): Material {
  const secret = secrets.signing(kind);
  const own = secrets.of(kind).map((known) => known.secret);
  // Not the session secret for SIP events: a method that takes both kinds accepts it, because Vonage sends some of them
  // to the session URL.
  const others = secrets.kinds.filter((other) => kind !== 'sip' || other !== 'session');
  const otherSecret = others.map((other) => secrets.signing(other)).find((other) => !own.includes(other));
  const sign: Material['sign'] = (deviation) => {
    const body = fixturePayload(kind, event, project.fixture);
    return signCallback({ body, secret, ...project.claims, ...deviation });
  };
  return { sign, accepted: sign(), secret, otherSecret };
}

function assertAccepted(answer: Exchange, { kind }: Sending, article: string): void {
  if (isSuccess(answer)) return;
  const { status, error = 'no answer' } = answer;
  throw new UsageError(
    `${article} genuine callback is not accepted (${status ?? error}), so that refusals show nothing: are URL, kind, ` +
      `project and secret those of the endpoint? ${answerHint(answer, kind) ?? ''}`.trimEnd(),
  );
}

function outcomeOf(status: number | undefined, { headers }: Attack): Verdict['outcome'] {
  if (status === undefined) return 'unclear';
  if (status >= 200 && status < 300) return 'accepted';
  // An endpoint may ask for an unsigned callback again, signed.
  if (status === 503 && headers['authorization'] === undefined) return 'refused';
  if (status >= 500) return 'error';
  // 429 says that there were too many requests, not that this one was hostile.
  return status >= 400 && status !== 429 ? 'refused' : 'unclear';
}

function verdictLine(verdict: Verdict, { severity }: Fault, { output: { paint } }: Sending): string {
  const { outcome, status, error = '', title } = verdict;
  const line = (word: string): string => `${word.padEnd(8)}  ${String(status ?? error).padEnd(4)} ${title}`;
  if (outcome === 'refused') return `${paint.good('✓')} ${line('refused')}`;
  if (outcome === 'accepted' && severity === 'advice') return `${paint.warning('!')} ${line('accepted')}`;
  return `${paint.bad('✗')} ${paint.bad(line(outcome.toUpperCase()))}`;
}

/** Prints the summary and returns how the command ends. */
function report(
  subject: { readonly endpoint: string; readonly kind: string; readonly event: string; readonly strict: boolean },
  known: readonly Fault[],
  verdicts: readonly Verdict[],
  { output }: Sending,
): ExitCode {
  const found = known
    .map((fault) => ({ ...fault, requests: verdicts.filter((one) => one.fault === fault.id).map(({ id }) => id) }))
    .filter(({ requests }) => requests.length > 0);
  const faults = found.filter(({ severity }) => severity === 'fault');
  const advice = found.filter(({ severity }) => severity === 'advice');
  const passed = (subject.strict ? found : faults).length === 0;

  output.json({ ...subject, passed, faults, advice, requests: verdicts });
  const { paint } = output;
  const refused = verdicts.filter(({ outcome }) => outcome === 'refused').length;
  output.line(`\n${verdicts.length} hostile requests to ${subject.endpoint}, ${refused} refused.`);
  const section = (title: string, list: typeof found, colour: (text: string) => string): void => {
    if (list.length > 0) output.line(`\n${title}:`);
    for (const { id, title, requests } of list) {
      output.line(`  ${colour(id)}: ${title}\n${paint.faint(`    ${requests.join(', ')}`)}`);
    }
  };
  section('Faults', faults, paint.bad);
  section('Advice', advice, paint.warning);
  if (found.length === 0) output.line(paint.good('All were refused.'));
  else if (passed) output.line(`\n${paint.good('No fault was found.')} With --strict, the advice counts too.`);
  return passed ? EXIT.ok : EXIT.failed;
}
