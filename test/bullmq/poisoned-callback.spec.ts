import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Queue } from 'bullmq';
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
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

interface Entry {
  readonly event: 'began' | 'ended' | 'dead';
  readonly id: string;
  readonly message?: string;
}

let server: RedisServer;
let folder: string;
let journal: string;
let queueName: string;
let queue: Queue;
let inbox: BullCallbackInbox;
let workers: Set<ChildProcess>;
let ends: number;
/** Whether new processes have the fault. */
let hasFault: boolean;

beforeAll(async () => {
  server = await RedisServer.start();
  folder = mkdtempSync(join(tmpdir(), 'poisoned-'));
});
afterAll(async () => {
  await server.remove();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  const connection = { port: server.port };
  queueName = randomUUID();
  journal = join(folder, queueName);
  writeFileSync(journal, '');
  queue = new Queue(queueName, { connection });
  inbox = new BullCallbackInbox({ connection, queueName, worker: false });
  workers = new Set();
  ends = 0;
  hasFault = true;
});
afterEach(async () => {
  for (const worker of workers) worker.removeAllListeners('exit').kill('SIGKILL');
  await queue.close();
  await inbox.close();
});

/** Puts a callback over which processes have ended before. */
async function put(id: string, deaths = 0): Promise<void> {
  await inbox.put(storedCallback({ id }));
  await (await queue.getJob(id))?.updateProgress({ deaths });
}

/** Starts a worker, and another one whenever it ends. */
function keepWorker(endings: readonly string[], minUptimeMs = 500): void {
  const ending = hasFault ? endings[ends % endings.length] : 'none';
  const worker = fork(WORKER, [JSON.stringify({ port: server.port, queueName, ending, journal, minUptimeMs })], {
    silent: true,
  });
  workers.add(worker);
  worker.once('exit', () => {
    workers.delete(worker);
    ends += 1;
    keepWorker(endings, minUptimeMs);
  });
}

const entries = (event: Entry['event']): Entry[] =>
  readFileSync(journal, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Entry)
    .filter((entry) => entry.event === event);

const idsOf = (event: Entry['event']): string[] => entries(event).map(({ id }) => id);

describe('a worker', () => {
  it('gives up a callback that ends processes, with its cause, and handles all others', async () => {
    // Real ends are slow, so it begins with some.
    await put('archive-poison', MOST_DEATHS - 2);
    for (const id of INNOCENT) await put(id);
    for (let started = 0; started < 2; started += 1) keepWorker(['exit', 'SIGKILL']);

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
    expect(idsOf('began').filter((id) => id === 'archive-poison')).toHaveLength(3);
    expect(ends).toBe(3);
  });

  it('gives up no callback of a process that ends soon after each start, whatever it handles', async () => {
    await put('slow-1');
    await put('slow-2', MOST_DEATHS - 1);
    keepWorker(['crash'], 1000);
    // If each end were counted, one of them would be given up.
    await until(() => ends > 4, 60);
    hasFault = false;

    await until(async () => (await inbox.counts()).waiting === 0, 20);
    expect(entries('dead')).toEqual([]);
    expect(new Set(idsOf('ended'))).toEqual(new Set(['slow-1', 'slow-2']));
  });
});
