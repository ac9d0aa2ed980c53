import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BullCallbackInbox } from '../../lib/bullmq/index.js';
import { MOST_DEATHS } from '../../lib/bullmq/suspicion.js';
import { storedCallback } from '../delivery/arrivals.js';
import { RedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';

// Processes are started and end again and again, which takes its time where others use the processor too.
jest.setTimeout(90_000);

const WORKER = fileURLToPath(new URL('poisoned-process.js', import.meta.url));
const INNOCENT = Array.from({ length: 10 }, (_, index) => `archive-${index}`);
const QUEUE = 'poisoned';

interface Entry {
  readonly event: 'began' | 'ended' | 'dead';
  readonly id: string;
  readonly message?: string;
}

let server: RedisServer;
let folder: string;
let journal: string;
let inbox: BullCallbackInbox;
let workers: Set<ChildProcess>;
let ends: number;
/** Whether new processes have the fault. */
let hasFault: boolean;

beforeEach(async () => {
  server = await RedisServer.start();
  folder = mkdtempSync(join(tmpdir(), 'poisoned-'));
  journal = join(folder, 'journal.jsonl');
  writeFileSync(journal, '');
  inbox = new BullCallbackInbox({ connection: { port: server.port }, queueName: QUEUE, worker: false });
  workers = new Set();
  ends = 0;
  hasFault = true;
});
afterEach(async () => {
  for (const worker of workers) worker.removeAllListeners('exit').kill('SIGKILL');
  await inbox.close();
  await server.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a worker, and another one whenever it ends. */
function keepWorker(ending: string, minUptimeMs = 500): void {
  const setup = JSON.stringify({
    port: server.port,
    queueName: QUEUE,
    ending: hasFault ? ending : 'none',
    journal,
    minUptimeMs,
  });
  const worker = fork(WORKER, [setup], { silent: true });
  workers.add(worker);
  worker.once('exit', () => {
    workers.delete(worker);
    ends += 1;
    keepWorker(ending, minUptimeMs);
  });
}

const entries = (event: Entry['event']): Entry[] =>
  readFileSync(journal, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Entry)
    .filter((entry) => entry.event === event);

const idsOf = (event: Entry['event']): string[] => entries(event).map(({ id }) => id);

describe.each([
  ['exit', 1],
  ['SIGKILL', 2],
])('a callback whose method ends its process by %s, in %i process(es)', (ending, processes) => {
  it('is given up with its cause, and takes no other callback with it', async () => {
    for (const id of ['archive-poison', ...INNOCENT]) await inbox.put(storedCallback({ id }));
    for (let started = 0; started < processes; started += 1) keepWorker(ending);

    await until(() => entries('dead').length > 0, 60);
    expect(entries('dead')).toEqual([
      {
        event: 'dead',
        id: 'archive-poison',
        message: `the process ended ${MOST_DEATHS} times while this callback alone was handled`,
      },
    ]);
    await until(async () => (await inbox.counts()).waiting === 0);
    expect(await inbox.counts()).toEqual({ waiting: 0, dead: 1 });
    // If a process pauses for longer than its lock, another worker may repeat a callback.
    expect(new Set(idsOf('ended'))).toEqual(new Set(INNOCENT));
    // Once beside the others, then alone.
    expect(idsOf('began').filter((id) => id === 'archive-poison')).toHaveLength(MOST_DEATHS + 1);
    expect(ends).toBe(MOST_DEATHS + 1);
  });
});

describe('callbacks of a process that ends soon after each start, whatever it handles', () => {
  it('are not given up, and handled when the fault is gone', async () => {
    for (const id of ['slow-1', 'slow-2']) await inbox.put(storedCallback({ id }));
    keepWorker('crash', 2000);
    // What it takes to give up one after the other, if each end were counted.
    await until(() => ends > 2 * (MOST_DEATHS + 1), 60);
    hasFault = false;

    await until(async () => (await inbox.counts()).waiting === 0, 20);
    expect(entries('dead')).toEqual([]);
    expect(new Set(idsOf('ended'))).toEqual(new Set(['slow-1', 'slow-2']));
  });
});
