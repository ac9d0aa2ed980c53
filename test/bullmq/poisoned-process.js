// A worker in a process of its own, with short locks, whose method ends the process for one callback. What happens is
// written down at once, so that nothing is lost with the process.
import { appendFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { InboxWorker } from '../../dist/bullmq/inbox-worker.js';

// `crash` ends it 0.5 s after its start, whatever it handles, and callbacks take longer than that.
const { port, queueName, ending, journal, minUptimeMs } = JSON.parse(process.argv[2]);
const write = (entry) => appendFileSync(journal, `${JSON.stringify(entry)}\n`);

const deliver = async ({ id }) => {
  write({ event: 'began', id });
  // The first time all are handled beside each other.
  await wait(id === 'archive-poison' ? 150 : id.startsWith('slow') ? 700 : 50);
  if (id === 'archive-poison') {
    if (ending === 'exit') process.exit(1);
    process.kill(process.pid, 'SIGKILL');
    await wait(1000);
  }
  write({ event: 'ended', id });
};

if (ending === 'crash') void wait(500).then(() => process.exit(1));

new InboxWorker(
  {
    queue: { name: queueName, clean: () => Promise.resolve([]) },
    connection: { port, maxRetriesPerRequest: null },
    prefix: 'bull',
    application: '',
    concurrency: 12,
    failedRetentionMs: 86_400_000,
    timing: { lockDurationMs: 500, stalledIntervalMs: 250, pauseAfterDeathMs: 100, minUptimeMs, aloneMs: 30_000 },
  },
  deliver,
  ({ id }, attempt, { message }) => write({ event: 'dead', id, message }),
);
