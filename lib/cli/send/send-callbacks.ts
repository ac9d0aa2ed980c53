import { MAX_BODY, readInput } from '../bounded-input.js';
import { type ExitCode } from '../exit-code.js';
import { asUtf8 } from '../text-encoding.js';
import { deliver, type DeliveryResult, deliveryLine } from './delivery.js';
import { reportDeliveries } from './delivery-report.js';
import { eventNamed, fixturePayload, withFields } from './payload.js';
import { onlyKind, type Sending } from './sending.js';

const MAX_COUNT = 1000;

/** Sends the payload of one event, or a file, once or several times. */
export async function sendCallbacks(sending: Sending): Promise<ExitCode> {
  const { given, endpoint, project, secrets, output, surroundings } = sending;
  const kind = onlyKind(given);
  const count = given.number('count', 1, { least: 1, most: MAX_COUNT });
  const { event, makeBody } = await source(sending);
  const secret = secrets.signing(kind);
  const url = endpoint.urlFor(kind);

  const results: DeliveryResult[] = [];
  for (let sent = 0; sent < count; sent += 1) {
    const callback = { kind, body: makeBody(), secret, ...project.claims };
    const result = await deliver(
      { kind, event, url, callback },
      { timeoutMs: endpoint.timeoutMs, signal: surroundings.signal },
    );
    results.push(result);
    output.line(deliveryLine(result, output.paint));
  }
  return reportDeliveries(results, output);
}

interface BodySource {
  readonly event: string | undefined;
  readonly makeBody: () => object | Buffer;
}

async function source({ given, project, surroundings, output }: Sending): Promise<BodySource> {
  const kind = onlyKind(given);
  const file = given.text('file');
  if (file === undefined) {
    const event = eventNamed(kind, given.text('event'));
    const assignments = given.texts('set');
    return { event, makeBody: () => withFields(fixturePayload(kind, event, project.fixture), assignments) };
  }
  const bytes = await readInput(file, MAX_BODY, surroundings);
  if (asUtf8(bytes).wasUtf16) {
    output.line(`${file} is in UTF-16, as PowerShell writes it, and is sent as it is: JSON is in UTF-8.`);
  }
  return { event: undefined, makeBody: () => bytes };
}
