import { setTimeout as wait } from 'node:timers/promises';
import { type ExitCode, UsageError } from '../../exit-code.js';
import { printable } from '../../output.js';
import { deliver, type DeliveryResult, deliveryLine } from '../delivery.js';
import { reportDeliveries } from '../delivery-report.js';
import { type Sending } from '../sending.js';
import { SESSION_SCENARIO_SECONDS, sessionScenario } from './session-scenario.js';

/** Plays a whole call, step by step, and goes on when a step was not accepted, as Vonage does. */
export async function playScenario(sending: Sending): Promise<ExitCode> {
  const { options, endpoint, project, output, surroundings } = sending;
  const { scenario: name = '', speed = 60 } = options;
  if (name !== 'session') throw new UsageError(`there is no scenario "${printable(name, 40)}": known is session`);

  const begun = Date.now();
  // Compressed, it begins in the past, so that it ends now and no payload comes from the future.
  const begin = begun - SESSION_SCENARIO_SECONDS * 1000 * Math.max(0, 1 - 1 / speed);
  const deliveries = deliveriesOf(sending, Math.round(begin));
  output.line(
    `A call of ${SESSION_SCENARIO_SECONDS} s in ${deliveries.length} callbacks, ${speed} times as fast as real.`,
  );

  const results: DeliveryResult[] = [];
  for (const { at, about, delivery } of deliveries) {
    await wait(Math.max(0, begun + (at * 1000) / speed - Date.now()), undefined, { signal: surroundings.signal });
    const callback = { ...delivery.callback, ...project.claims };
    const limits = { timeoutMs: endpoint.timeoutMs, signal: surroundings.signal };
    const result = await deliver({ ...delivery, callback }, limits);
    results.push(result);
    const progress = `${String(results.length).padStart(2)}/${deliveries.length}  ${`+${at} s`.padStart(6)}`;
    output.line(`${output.paint.faint(progress)}  ${deliveryLine(result, output.paint)}  ${about}`);
  }
  return reportDeliveries(results, output);
}

function deliveriesOf({ options, endpoint, project, secrets }: Sending, begin: number) {
  const steps = sessionScenario(begin, project.fixture);
  const kinds = options.kind ?? steps.map(({ kind }) => kind);
  // All of them before the first is sent: a missing secret shall not end the call in the middle.
  const deliveries = steps
    .filter(({ kind }) => kinds.includes(kind))
    .map(({ at, kind, event, about, payload }) => ({
      at,
      about,
      delivery: { kind, event, url: endpoint.urlFor(kind), callback: { body: payload, secret: secrets.signing(kind) } },
    }));
  if (deliveries.length === 0) throw new UsageError(`the scenario has no callbacks of the kind ${kinds.join(', ')}`);
  return deliveries;
}
