import { describe, expect, it } from '@jest/globals';
import { type Receipt } from '../../lib/cli/listen/receipt.js';
import { serveUntilAborted } from '../../lib/cli/listen/serve.js';

/** Posts one request to a server and returns the status of the answer and what was reported. */
async function postOnce(
  receive: (request: Receipt['request']) => Promise<Receipt>,
  report: (receipt: Receipt) => void,
): Promise<{ readonly status: number; readonly failures: readonly unknown[] }> {
  const interruption = new AbortController();
  const failures: unknown[] = [];
  let serving: Promise<void> = Promise.resolve();
  const url = await new Promise<string>((listening) => {
    serving = serveUntilAborted({ receive }, report, {
      port: 0,
      host: '127.0.0.1',
      signal: interruption.signal,
      listening,
      failed: (error) => failures.push(error),
    });
  });
  try {
    const { status } = await fetch(url, { method: 'POST', body: '{}', signal: AbortSignal.timeout(5000) });
    return { status, failures };
  } finally {
    interruption.abort();
    await serving;
  }
}

describe('a request that the receiver fails on', () => {
  it('is answered and reported', async () => {
    const reports: Receipt[] = [];
    const { status, failures } = await postOnce(
      () => Promise.reject(new RangeError('too much')),
      (receipt) => reports.push(receipt),
    );
    expect({ status, failures }).toEqual({ status: 500, failures: [] });
    expect(reports).toMatchObject([
      { status: 500, reason: 'not_examined', explanation: 'the request could not be examined: RangeError' },
    ]);
  });

  it('is answered where its report fails, and the failure is passed on', async () => {
    const { status, failures } = await postOnce(
      (request) => Promise.resolve({ at: new Date(), request, status: 204 }),
      () => {
        throw new RangeError('no output');
      },
    );
    expect({ status, failures }).toEqual({ status: 500, failures: [new RangeError('no output')] });
  });
});
