import { setTimeout as wait } from 'node:timers/promises';
import { anyCallback, firstStatus, headOf, type Misbehaviour, PATIENCE } from './misbehaviour.js';

/** The status, after the end of the connection: what stalls must cost the connection. */
async function statusAtEnd(line: Parameters<typeof firstStatus>[0]): Promise<number> {
  await line.untilClosed(PATIENCE);
  return firstStatus(line, 0);
}

/** The head, then nothing. */
export const stalledBody: Misbehaviour = (surroundings) =>
  anyCallback(surroundings, 'stalled body', (line, callback) => {
    line.write(headOf(callback));
    return statusAtEnd(line);
  });

/** A byte each second. */
export const trickledBody: Misbehaviour = (surroundings) =>
  anyCallback(surroundings, 'trickled body', async (line, callback) => {
    line.write(headOf(callback));
    const trickle = setInterval(() => {
      line.write('{');
    }, 1000);
    try {
      return await statusAtEnd(line);
    } finally {
      clearInterval(trickle);
    }
  });

/** Pieces without an end. */
export const endlessBody: Misbehaviour = (surroundings) =>
  anyCallback(surroundings, 'endless body', async (line, callback) => {
    line.write(headOf(callback, 'transfer-encoding: chunked'));
    const flood = setInterval(() => {
      line.write(`400\r\n${'x'.repeat(0x400)}\r\n`);
    }, 10);
    try {
      return await statusAtEnd(line);
    } finally {
      clearInterval(flood);
    }
  });

/** Half a head, after which the client loses patience before Node does. */
export const stalledHead: Misbehaviour = (surroundings) =>
  anyCallback(surroundings, 'stalled head', async (line, callback) => {
    const head = headOf(callback);
    line.write(head.slice(0, surroundings.random.between(1, head.length - 1)));
    await wait(3000);
    return firstStatus(line, 0);
  });
