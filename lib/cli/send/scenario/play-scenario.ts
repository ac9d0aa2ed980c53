import { setTimeout as wait } from 'node:timers/promises';
import { type ExitCode } from '../../exit-code.js';
import { kindNamed } from '../../kind-option.js';
import { printable } from '../../printable.js';
import { UsageError } from '../../usage-error.js';
import { deliver, type DeliveryResult, deliveryLine } from '../delivery.js';
import { reportDeliveries } from '../delivery-report.js';
import { type Sending } from '../sending.js';
import { SESSION_SCENARIO_MS, sessionScenario } from '../../../testing/index.js';

/** Plays a whole call, step by step, and goes on when a step was not accepted, as Vonage does. */
export async function playScenario(sending: Sending): Promise<ExitCode> {
  const { given, endpoint, project, output, surroundings } = sending;
  const name = given.text('scenario') ?? '';
  if (name !== 'session') throw new UsageError(`there is no scenario "${printable(name, 40)}": known is session`);
  const speed = given.number('speed', 60, { least: 0.1, most: 1_000_000, whole: false });

  const begun = Date.now();
  // Compressed, it begins in the past, so that it ends now and no payload comes from the future.
  const begin = begun - SESSION_SCENARIO_MS * Math.max(0, 1 - 1 / speed);
  const deliveries = deliveriesOf(sending, Math.round(begin));
  output.line(
    `A call of ${SESSION_SCENARIO_MS / 1000} s in ${deliveries.length} callbacks, ${speed} times as fast as real.`,
  );

  const results: DeliveryResult[] = [];
  for (const { after, what, delivery } of deliveries) {
    await wait(Math.max(0, begun + after / speed - Date.now()), undefined, { signal: surroundings.signal });
    const callback = { ...delivery.callback, ...project.claims };
    const limits = { timeoutMs: endpoint.timeoutMs, signal: surroundings.signal };
    const result = await deliver({ ...delivery, callback }, limits);
    results.push(result);
    const progress = `${String(results.length).padStart(2)}/${deliveries.length}  ${`+${after / 1000} s`.padStart(6)}`;
    output.line(`${output.paint.faint(progress)}  ${deliveryLine(result, output.paint)}  ${what}`);
  }
  return reportDeliveries(results, output);
}

function deliveriesOf({ given, endpoint, project, secrets }: Sending, begin: number) {
  const kinds = given.has('kind') ? given.texts('kind').map(kindNamed) : undefined;
  // All of them before the first is sent: a missing secret shall not end the call in the middle.
  return sessionScenario({ ...project.fixture, begin, kinds }).map(({ after, what, kind, event, payload }) => ({
    after,
    what,
    delivery: { kind, event, url: endpoint.urlFor(kind), callback: { body: payload, secret: secrets.signing(kind) } },
  }));
}
