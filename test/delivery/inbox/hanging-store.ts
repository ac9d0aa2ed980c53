import { describe, expect, it } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { type CallbackInbox } from '../../../lib/delivery/inbox/callback-inbox.js';
import { InboxNotReadyError } from '../../../lib/delivery/inbox/pending-callbacks.js';
import { storedCallback } from '../arrivals.js';

interface PausableServer {
  pause(): void;
  resume(): void;
}

/**
 * The cases of an inbox whose store keeps its connections but does not answer.
 *
 * @param start makes an inbox, and returns it with the server of its store
 */
export function describeHangingStore(
  store: string,
  start: () => { readonly inbox: CallbackInbox; readonly server: PausableServer },
): void {
  const put = async (inbox: CallbackInbox, id: string, body = ''): Promise<unknown> => {
    try {
      return await inbox.put(storedCallback({ id, body }));
    } catch (error) {
      return error;
    }
  };

  describe(`an inbox whose ${store} hangs`, () => {
    it(`stores a callback when ${store} answers, however long that takes`, async () => {
      const { inbox, server } = start();
      await put(inbox, 'archive-1');
      server.pause();
      const pending = put(inbox, 'archive-2');
      await wait(2500);
      server.resume();

      expect(await pending).toBe('stored');
    });

    it('waits for a bounded amount of callbacks only', async () => {
      const { inbox, server } = start();
      await put(inbox, 'archive-0');
      server.pause();
      const body = 'x'.repeat(4_000_000);
      const puts = Array.from({ length: 17 }, (_, index) => put(inbox, `archive-${index}`, body));
      expect(await Promise.race([puts.at(-1), wait(1000)])).toBeInstanceOf(InboxNotReadyError);
      server.resume();

      const results = await Promise.all(puts);
      expect(results.filter((result) => result === 'stored').length).toBeGreaterThan(12);
      expect(await put(inbox, 'archive-last')).toBe('stored');
    });
  });
}
