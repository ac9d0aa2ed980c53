import { sessionScenario, signCallback } from 'nestjs-vonage-video-callbacks/testing';
import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';

/** How long a process may take to answer, in ms: longer than it is paused. */
const ANSWER_TIMEOUT = 4000;
/** The pause before a copy, or another attempt, in ms. */
const PAUSE = [20, 200] as const;

/** The callback for an archive that can be fetched. */
export interface ArchiveAvailable {
  readonly id: string;
  readonly body: object;
}

export function archiveAvailable(): ArchiveAvailable {
  const [step] = sessionScenario({ kinds: ['archive'] }).filter(({ event }) => event === 'available');
  return { id: String(step?.payload['id']), body: { ...step?.payload } };
}

/**
 * Sends copies of a callback to random processes, nearly at the same time, each again until it is answered 204.
 *
 * @returns whether all were
 */
export async function sendCopies(
  { body }: ArchiveAvailable,
  copies: number,
  url: () => string | undefined,
  until: AbortSignal,
): Promise<boolean> {
  const answers = Array.from({ length: copies }, async () => {
    while (!until.aborted) {
      await wait(randomInt(...PAUSE));
      if ((await post(url(), body)) === 204) return true;
    }
    return false;
  });
  return (await Promise.all(answers)).every((isAnswered) => isAnswered);
}

/** The status of the answer; `undefined` without one. */
async function post(url: string | undefined, body: object): Promise<number | undefined> {
  if (url === undefined) return undefined;
  const { VIDEO_API_KEY: apiKey = '', ARCHIVE_SIGNATURE_SECRET: secret = '' } = process.env;
  try {
    const request = signCallback({ kind: 'archive', body, apiKey, secret });
    return (await fetch(url, { ...request, signal: AbortSignal.timeout(ANSWER_TIMEOUT) })).status;
  } catch {
    // The process was killed, or is paused.
    return undefined;
  }
}
