import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { fixturePayload } from '../../testing/callback-fixture.js';
import { SESSION_SCENARIO_MS, sessionScenario, signCallback } from '../../testing/index.js';
import { asUtf8, MAX_BODY, readInput } from '../input.js';
import { EXIT, type ExitCode } from '../surroundings.js';
import { answerHint } from './answer-hint.js';
import { type Exchange, isSuccess } from './exchange.js';
import { eventNamed, withFields } from './payload.js';
import { type Sending } from './sending.js';

/** A callback to be delivered. */
interface Delivery {
  readonly kind: VideoCallbackKind;
  /** The event or status; absent if the body came from a file. */
  readonly event?: string | undefined;
  readonly body: object;
  /** What is printed around the line of a result. */
  readonly around?: readonly [before: string, behind: string];
}

/** The result of one copy. */
interface DeliveryResult extends Pick<Delivery, 'kind' | 'event'>, Pick<Exchange, 'status' | 'error' | 'ms'> {
  readonly url: string;
  /** Which copy of its callback it is, from 1. */
  readonly copy: number;
  readonly delivered: boolean;
  /** The token's id. */
  readonly jti: string;
  readonly hint: string | undefined;
}

/** Sends one event, a file or a whole call, and reports the result of each copy. */
export async function sendCallbacks(sending: Sending): Promise<ExitCode> {
  const { secrets, project, output } = sending;
  const { scenario, file, copies = 1, resign } = sending.options;
  const deliveries = scenario === undefined ? (file === undefined ? ofEvent : ofFile) : ofScenario;
  const results: DeliveryResult[] = [];
  for await (const { kind, event, body, around: [before, behind] = ['', ''] } of deliveries(sending)) {
    const url = sending.urlFor(kind);
    const signed = () => {
      const jti = randomUUID();
      return { jti, request: signCallback({ jti, body, secret: secrets.signing(kind), ...project.claims }) };
    };
    let { jti, request } = signed();
    // Like Vonage's retries, each copy is sent after the answer to the one before, but without waits.
    for (let copy = 1; copy <= copies; copy += 1) {
      if (copy > 1 && resign) ({ jti, request } = signed());
      const answer = await sending.exchange(url, request);
      const { status, error, ms } = answer;
      const [delivered, hint] = [isSuccess(answer), answerHint(answer, kind)];
      const result = { kind, event, url: url.href, copy, delivered, status, error, ms, jti, hint };
      results.push(result);
      output.line(before + resultLine(result, sending) + behind);
    }
  }
  return report(results, sending);
}

/** The payload of one event, new each time. */
function* ofEvent({ kind, options, project }: Sending): Generator<Delivery> {
  const event = eventNamed(kind, options.event);
  for (let sent = 0; sent < (options.count ?? 1); sent += 1) {
    yield { kind, event, body: withFields(fixturePayload(kind, event, project.fixture), options.set ?? []) };
  }
}

/** The bytes of a file. */
async function* ofFile(sending: Sending): AsyncGenerator<Delivery> {
  const { kind, options, output, surroundings } = sending;
  const { file = '-', count = 1 } = options;
  // Check the address before waiting for standard input.
  sending.urlFor(kind);
  const body = await readInput(file, MAX_BODY, surroundings);
  if (asUtf8(body).wasUtf16) {
    output.line(`${file} is in UTF-16, as PowerShell writes it, and is sent unchanged. JSON must be UTF-8.`);
  }
  for (let sent = 0; sent < count; sent += 1) yield { kind, body };
}

/** A whole call: each callback is sent when it is due. */
async function* ofScenario(sending: Sending): AsyncGenerator<Delivery> {
  const { options, project, secrets, output, surroundings } = sending;
  const { kind: kinds, speed = 60 } = options;
  const begun = Date.now();
  // A fast call begins in the past and ends now, so that no payload is from the future.
  const begin = Math.round(begun - SESSION_SCENARIO_MS * Math.max(0, 1 - 1 / speed));
  const steps = sessionScenario({ ...project.fixture, begin, kinds });
  // Check all steps first, so that a missing secret does not end the call in the middle.
  for (const { kind } of steps) {
    secrets.signing(kind);
    sending.urlFor(kind);
  }
  const { length } = steps;
  output.line(`A call of ${SESSION_SCENARIO_MS / 1000} s in ${length} callbacks, ${speed} times as fast as real.`);
  for (const [index, { after, kind, event, payload: body, what }] of steps.entries()) {
    await wait(Math.max(0, begun + after / speed - Date.now()), undefined, { signal: surroundings.signal });
    const progress = `${String(index + 1).padStart(2)}/${length}  ${`+${after / 1000} s`.padStart(6)}`;
    yield { kind, event, body, around: [`${output.paint.faint(progress)}  `, `  ${what}`] };
  }
}

function resultLine(
  { kind, event, copy, delivered, status, error, ms, jti }: DeliveryResult,
  { options: { copies = 1 }, output: { paint } }: Sending,
): string {
  const answer = status === undefined ? (error ?? 'no answer') : String(status);
  const mark = delivered ? paint.good(`✓ ${answer}`) : paint.bad(`✗ ${answer}`);
  const what = event === undefined ? kind : `${kind}/${event}`;
  const which = copies > 1 ? `${`copy ${copy}`.padEnd(8)}  ` : '';
  return `${mark}  ${`${ms} ms`.padStart(7)}  ${what.padEnd(28)}  ${which}${paint.faint(`jti ${jti}`)}`;
}

function report(results: readonly DeliveryResult[], { options: { copies = 1 }, output }: Sending): ExitCode {
  const delivered = results.filter((result) => result.delivered).length;
  const failed = results.length - delivered;
  output.json({ delivered, failed, deliveries: results });
  if (results.length > 1) {
    const summary = `${delivered} of ${results.length} ${copies > 1 ? 'copies' : 'callbacks'} delivered`;
    output.line(failed === 0 ? output.paint.good(summary) : output.paint.bad(`${summary}, ${failed} failed`));
  }
  // Each hint once.
  for (const hint of new Set(results.flatMap(({ hint = [] }) => hint))) output.line(hint);
  return failed === 0 ? EXIT.ok : EXIT.failed;
}
