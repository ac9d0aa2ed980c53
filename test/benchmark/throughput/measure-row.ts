import { type ApplicationProcess } from '../processes/application-process.js';
import { runLoad } from '../processes/run-load.js';
import { type Measurement } from './measurements.js';
import { type Row } from './rows.js';

/** How long an inbox may take to handle what it accepted, in s. */
const CATCH_UP = 60;

/** Sends the requests of a row for some seconds and holds the answers against the calls of the handler. */
export async function measureRow(
  { isForged }: Row,
  application: ApplicationProcess,
  { seconds, connections }: { readonly seconds: number; readonly connections: number },
): Promise<Measurement> {
  const before = await application.work();
  const { port } = application;
  const expected = isForged ? 401 : 204;
  const { right, wrong, perSecond, p50, p99 } = await runLoad({ port, connections, isForged, expected, seconds });
  const toHandle = isForged ? 0 : right;
  const after = await application.workUntil(before.handled + toHandle, CATCH_UP);
  const processorTime = (after.processorTime - before.processorTime) / (right + wrong);
  return { perSecond, p50, p99, processorTime, failures: wrong + Math.abs(before.handled + toHandle - after.handled) };
}
