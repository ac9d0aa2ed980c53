import { describe, expect, it, jest } from '@jest/globals';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { storedCallback } from '../delivery/arrivals.js';
import { until } from '../support/until.js';
import { succeeding, useInboxes } from './use-inboxes.js';

// pg-boss looks every 15 s for what was not heard of for 10 s.
jest.setTimeout(90_000);

const PROCESS = fileURLToPath(new URL('killed-process.js', import.meta.url));

const inboxes = useInboxes();

function startProcess(): ChildProcess {
  const options = { connection: inboxes.url(), queueName: inboxes.queueName, attempts: 2, pollingInterval: 0.5 };
  return fork(PROCESS, [JSON.stringify(options)], { silent: true });
}

describe('the callback of a process that is killed', () => {
  it('is taken over within about 30 s, as one more attempt', async () => {
    const accepting = inboxes.make();
    await accepting.put(storedCallback());
    const child = startProcess();
    await once(child, 'message');
    const inbox = inboxes.start(succeeding);
    child.kill('SIGKILL');
    const killed = performance.now();

    await until(async () => (await inbox.counts()).waiting === 0, 60);
    expect(performance.now() - killed).toBeLessThan(45_000);
    expect(inboxes.attempts).toEqual(['archive-1: 2 of 2']);
  });
});
