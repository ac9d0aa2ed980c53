import { type INestApplication } from '@nestjs/common';
import { CallLog } from '../call-log.js';
import { type OperatorLog } from './operator-log.js';
import { type DemonstrationRequest, genuineRequests, hostileRequests, unusableRequests } from './requests.js';

/** Sends every request to the application and prints its outcome. Returns whether all were as expected. */
export async function demonstrate(app: INestApplication, log: OperatorLog): Promise<boolean> {
  const url = await app.getUrl();
  const calls = app.get(CallLog);
  const send = async ({ title, path, request, status }: DemonstrationRequest): Promise<boolean> => {
    const response = await fetch(`${url}/video/${path}`, { ...request, signal: AbortSignal.timeout(5000) });
    const handled = calls.take();
    const isRefused = response.status === status && status !== 204;
    const why = isRefused ? (await log.take()).replace(/^.*?: /, '') : handled.join();
    const isRight = response.status === status && handled.length === (isRefused ? 0 : 1) && why !== '';
    console.log(`${isRight ? '✓' : '✗'} ${response.status} ${title.padEnd(34)} ${why}`);
    return isRight;
  };

  const results: boolean[] = [];
  console.log(`The application listens on ${url}. Genuine callbacks reach their methods:\n`);
  for (const request of genuineRequests()) results.push(await send(request));
  console.log('\nHostile requests do not; this is what the operator reads in the log:\n');
  for (const request of hostileRequests()) results.push(await send(request));
  console.log('\nGenuine callbacks that cannot be used do not reach them either; the log calls these errors:\n');
  for (const request of unusableRequests()) results.push(await send(request));

  const wrong = results.filter((isRight) => !isRight).length;
  console.log(
    wrong === 0 ? `\nAll ${results.length} requests ended as they must.` : `\n${wrong} requests ended wrongly.`,
  );
  return wrong === 0;
}
