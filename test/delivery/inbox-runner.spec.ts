import { afterEach, describe, expect, it } from '@jest/globals';
import { CallbackRedelivery } from '../../lib/delivery/callback-redelivery.js';
import { InboxRunner } from '../../lib/delivery/inbox-runner.js';
import { redeliveredCallback } from '../../lib/request/redelivered-callback.js';
import { openInboxes } from '../../lib/telemetry/inbox-counts.js';
import { allowInject } from '../support/light-my-request.js';
import { Arrivals, storedCallback } from './arrivals.js';
import { MemoryInbox } from '../support/memory-inbox.js';
import { platformWith } from './platform-under-delivery.js';

allowInject();

/** An inbox that takes a moment to start. */
class SlowInbox extends MemoryInbox {
  override async start(): Promise<void> {
    await Promise.resolve();
    this.events.push('started');
  }
}

describe('an inbox, while its application lives,', () => {
  afterEach(() => {
    openInboxes.clear();
  });

  function start() {
    const arrivals = new Arrivals();
    const inbox = new MemoryInbox();
    const delivered: string[] = [];
    const host = platformWith('express', (request, response) => {
      const redelivered = redeliveredCallback(request);
      if (redelivered !== undefined) redelivered.isCompleted = true;
      delivered.push(`${redelivered?.token.claims.jti} ${redelivered?.attempt.attempt} of ${redelivered?.attempt.of}`);
      response.writeHead(204).end();
    });
    const redelivery = new CallbackRedelivery(host, arrivals.telemetry);
    return { arrivals, inbox, delivered, runner: new InboxRunner(inbox, redelivery, arrivals.telemetry) };
  }

  it('delivers once the application is ready, to itself', async () => {
    const { inbox, delivered, runner } = start();
    expect(inbox.events).toEqual([]);
    await runner.onApplicationBootstrap();
    expect(inbox.events).toEqual(['start']);
    await inbox.deliver(storedCallback(), { attempt: 3, of: 40 });

    expect(delivered).toEqual(['token-1 3 of 40']);
  });

  it('tells of callbacks that it gives up', async () => {
    const { arrivals, inbox, runner } = start();
    await runner.onApplicationBootstrap();
    const error = new Error('answered 500');
    inbox.reportDead(storedCallback({ id: 'archive-7' }), { attempt: 40, of: 40 }, error);

    expect(arrivals.observed.outcomes.dead).toMatchObject([
      { id: 'archive-7', error, attempt: { attempt: 40, of: 40 } },
    ]);
  });

  it('is counted until the application ends', async () => {
    const { inbox, runner } = start();
    await runner.onApplicationBootstrap();
    await inbox.put(storedCallback());
    expect([...openInboxes].map((count) => count())).toEqual([{ waiting: 1, dead: 0 }]);
    await runner.onApplicationShutdown();

    expect(openInboxes.size).toBe(0);
  });

  it('stops before it is closed, and is waited for each time', async () => {
    const { inbox, runner } = start();
    await runner.onApplicationBootstrap();
    await runner.beforeApplicationShutdown();
    expect(inbox.events).toEqual(['start', 'stop']);
    await runner.onApplicationShutdown();

    expect(inbox.events).toEqual(['start', 'stop', 'close']);
  });

  it('is not ready before its start is through', async () => {
    const { arrivals } = start();
    const inbox = new SlowInbox();
    const redelivery = new CallbackRedelivery(
      platformWith('express', () => undefined),
      arrivals.telemetry,
    );
    await new InboxRunner(inbox, redelivery, arrivals.telemetry).onApplicationBootstrap();

    expect(inbox.events).toEqual(['started']);
  });
});
