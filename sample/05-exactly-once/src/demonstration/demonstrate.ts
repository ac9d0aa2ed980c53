import { randomInt } from 'node:crypto';
import { Accounts } from './account.js';
import { ApplicationProcess } from './application-process.js';
import { type ArchiveAvailable, archiveAvailable, sendCopies } from './callbacks.js';
import { report } from './report.js';

const PROCESSES = 3;
/** How many archives each handler books, how many callbacks are sent for each, and how many archives at once. */
const ARCHIVES = Number(process.env['EXACTLY_ONCE_ARCHIVES'] ?? 80);
const COPIES = 3;
const AT_ONCE = 20;
/** What is not answered after so long, in ms, never is. */
const LONGEST = 20_000;

const HANDLERS = [
  { account: 'with completeWithin', path: '/video/archives' },
  { account: 'without', path: '/without/archives' },
] as const;

/**
 * Two handlers book archives while their processes are killed and paused. Returns whether the result is as expected.
 */
export async function demonstrate(databaseUrl: string): Promise<boolean> {
  const accounts = await Accounts.open(databaseUrl);
  const applications = Array.from({ length: PROCESSES }, () => new ApplicationProcess());
  const stop = () => Promise.all(applications.map((application) => application.stop()));
  // Also paused ones, if the demonstration ends early.
  process.once('exit', () => void stop());
  try {
    await Promise.all(applications.map((application) => application.listen()));
    console.log(`${PROCESSES} processes book archives. Each is killed and paused while copies of callbacks come.\n`);
    const sent = new AbortController();
    const suffering = applications.map((application) => application.suffer(sent.signal));
    const end = AbortSignal.timeout(LONGEST);
    const handlers = await Promise.all(
      HANDLERS.map(async ({ account, path }) => {
        const archives = Array.from({ length: ARCHIVES }, archiveAvailable);
        const answered = await sendAll(archives, () => anyUrl(applications, path), end);
        return { account, archives, answered };
      }),
    );
    sent.abort();
    await Promise.all(suffering);
    await stop();
    const results = handlers.map(async ({ account, archives, answered }) => {
      const charged = await accounts.charged(
        account,
        archives.map(({ id }) => id),
      );
      return { account, archives: archives.length, answered, ...charged };
    });
    return report(await Promise.all(results), applications);
  } finally {
    await stop();
    await accounts.close();
  }
}

/**
 * Sends the copies of many callbacks, some at the same time. Returns for how many callbacks all copies were answered
 * 204.
 */
async function sendAll(
  archives: readonly ArchiveAvailable[],
  url: () => string | undefined,
  end: AbortSignal,
): Promise<number> {
  const waiting = [...archives];
  let answered = 0;
  const sendOn = async (): Promise<void> => {
    for (let archive = waiting.pop(); archive !== undefined; archive = waiting.pop()) {
      if (await sendCopies(archive, COPIES, url, end)) answered += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sendOn));
  return answered;
}

function anyUrl(applications: readonly ApplicationProcess[], path: string): string | undefined {
  const urls = applications.map(({ url }) => url).filter((url) => url !== undefined);
  return urls.length === 0 ? undefined : `${urls[randomInt(urls.length)] ?? ''}${path}`;
}
