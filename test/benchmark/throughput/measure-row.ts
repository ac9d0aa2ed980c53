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
  const { port } = application;
  const before = await application.work();
  const workAfter = (right: number) => application.workUntil(before.handled + (isForged ? 0 : right), CATCH_UP);
  let warm = before;
  const setup = { port, connections, isForged, expected: isForged ? 401 : 204, seconds };
  const { right, wrong, timed, perSecond, p50, p99 } = await runLoad(setup, async (answers) => {
    warm = await workAfter(answers);
  });
  const after = await workAfter(right);
  const lost = Math.abs(before.handled + (isForged ? 0 : right) - after.handled);
  const processorTime = (after.processorTime - warm.processorTime) / timed;
  return { perSecond, p50, p99, processorTime, failures: wrong + lost };
}
