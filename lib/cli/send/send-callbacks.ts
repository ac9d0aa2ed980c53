import { MAX_BODY, readInput, asUtf8 } from '../input.js';
import { type ExitCode } from '../exit-code.js';
import { deliver, type DeliveryResult, deliveryLine } from './delivery.js';
import { reportDeliveries } from './delivery-report.js';
import { eventNamed, fixturePayload, withFields } from './payload.js';
import { onlyKind, type Sending } from './sending.js';

/** Sends the payload of one event, or a file, once or several times. */
export async function sendCallbacks(sending: Sending): Promise<ExitCode> {
  const { options, endpoint, project, secrets, output, surroundings } = sending;
  const kind = onlyKind(options);
  const { count = 1 } = options;
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

async function source({ options, project, surroundings, output }: Sending): Promise<BodySource> {
  const kind = onlyKind(options);
  const { file, set: assignments = [] } = options;
  if (file === undefined) {
    const event = eventNamed(kind, options.event);
    return { event, makeBody: () => withFields(fixturePayload(kind, event, project.fixture), assignments) };
  }
  const bytes = await readInput(file, MAX_BODY, surroundings);
  if (asUtf8(bytes).wasUtf16) {
    output.line(`${file} is in UTF-16, as PowerShell writes it, and is sent as it is: JSON is in UTF-8.`);
  }
  return { event: undefined, makeBody: () => bytes };
}
