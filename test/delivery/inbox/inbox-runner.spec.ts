import { type DynamicModule, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { type LazyModuleLoader } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CallbackRedelivery } from '../../../lib/delivery/inbox/callback-redelivery.js';
import { InboxRunner } from '../../../lib/delivery/inbox/inbox-runner.js';
import { OwnCallbacks } from '../../../lib/delivery/inbox/own-callbacks.js';
import { CallbackRequest } from '../../../lib/request/callback-request.js';
import { openInboxes } from '../../../lib/telemetry/inbox-counts.js';
import { MemoryInbox } from '../../support/memory-inbox.js';
import { Arrivals, OWN, storedCallback } from '../arrivals.js';
import { platformWith } from '../platform-under-delivery.js';

const LONG = 60_000;

class StorelessError extends Error {
  override readonly name = 'StorelessError';
}

const failing = () => Promise.reject(new StorelessError('postgres://user:secret@db'));

describe('InboxRunner', () => {
  let arrivals: Arrivals;
  let inbox: MemoryInbox;
  let delivered: string[];

  beforeEach(() => {
    arrivals = new Arrivals();
    inbox = new MemoryInbox();
    delivered = [];
    Logger.overrideLogger(arrivals.logs);
  });
  afterEach(() => {
    openInboxes.clear();
  });

  function runnerWith({ storageTimeoutMs = LONG, own = OWN } = {}): InboxRunner {
    const host = platformWith('express', (request, response) => {
      const redelivery = CallbackRequest.find(request)?.redelivery;
      if (redelivery !== undefined) redelivery.state = 'completed';
      delivered.push(`${redelivery?.token.claims.jti} ${redelivery?.attempt.attempt} of ${redelivery?.attempt.of}`);
      response.writeHead(204).end();
    });
    const redelivery = new CallbackRedelivery(host, own, arrivals.telemetry);
    return new InboxRunner(inbox, redelivery, arrivals.telemetry, storageTimeoutMs);
  }

  const errors = (): string[] =>
    arrivals.logs.of('error').map((line) => line.replace('error ', '').replace(' undefined VideoCallbacks', ''));

  it('delivers once it is started', async () => {
    const runner = runnerWith();
    expect(inbox.events).toEqual([]);
    runner.start();
    await inbox.deliver(storedCallback(), { attempt: 3, of: 40 });

    expect(inbox.events).toEqual(['start']);
    expect(delivered).toEqual(['token-1 3 of 40']);
  });

  it('starts with the application, or after all of its hooks', async () => {
    runnerWith().onApplicationBootstrap();
    expect(inbox.events).toEqual(['start']);

    const later = runnerWith();
    const loaded: DynamicModule[] = [];
    const load = (factory: () => DynamicModule) => Promise.resolve(loaded.push(factory()));
    await later.startAfterHooks({ load } as unknown as LazyModuleLoader);
    later.onApplicationBootstrap();
    expect(inbox.events).toEqual(['start']);
    for (const provider of loaded.flatMap(({ providers = [] }) => providers)) {
      if ('useValue' in provider) (provider.useValue as OnApplicationBootstrap).onApplicationBootstrap();
    }

    expect(inbox.events).toEqual(['start', 'start']);
  });

  it('reports callbacks that are given up', () => {
    runnerWith().start();
    const error = new Error('answered 500');
    inbox.reportDead(storedCallback({ id: 'archive-7' }), { attempt: 40, of: 40 }, error);

    expect(arrivals.observed.outcomes.dead).toMatchObject([
      { id: 'archive-7', error, attempt: { attempt: 40, of: 40 } },
    ]);
  });

  it('counts the callbacks of the inbox until the application ends', async () => {
    const runner = runnerWith();
    runner.start();
    await inbox.put(storedCallback());
    expect([...openInboxes].map((count) => count())).toEqual([{ waiting: 1, dead: 0 }]);
    await runner.onApplicationShutdown();

    expect(openInboxes.size).toBe(0);
  });

  it('counts the callbacks of the inbox also where this process cannot deliver', () => {
    runnerWith({
      own: new OwnCallbacks(
        () => [],
        () => Promise.resolve(true),
      ),
    }).start();

    expect(inbox.events).toEqual([]);
    expect(openInboxes.size).toBe(1);
    expect(arrivals.logs.of('log')).toEqual([
      'log This process does not deliver stored callbacks: no method uses @VideoCallback. VideoCallbacks',
    ]);
  });

  it('stops the inbox before it closes it', async () => {
    const runner = runnerWith();
    runner.start();
    await runner.beforeApplicationShutdown();
    expect(inbox.events).toEqual(['start', 'stop']);
    await runner.onApplicationShutdown();

    expect(inbox.events).toEqual(['start', 'stop', 'close']);
  });

  it('stops and closes an inbox that was never started', async () => {
    const runner = runnerWith();
    await runner.beforeApplicationShutdown();
    await runner.onApplicationShutdown();

    expect(inbox.events).toEqual(['stop', 'close']);
  });

  it('does not start once the application shuts down', async () => {
    const runner = runnerWith();
    await runner.beforeApplicationShutdown();
    runner.start();

    expect(inbox.events).toEqual(['stop']);
    expect(openInboxes.size).toBe(0);
  });

  it('stops the inbox after a start that is under way', async () => {
    let finish: () => void = () => undefined;
    inbox.start = async () => {
      await new Promise<void>((resolve) => (finish = resolve));
      inbox.events.push('started');
    };
    const runner = runnerWith();
    runner.start();
    const stopped = runner.beforeApplicationShutdown();
    await nextTurn();
    expect(inbox.events).toEqual([]);
    finish();
    await stopped;

    expect(inbox.events).toEqual(['started', 'stop']);
  });

  it('waits for a start that hangs no longer than for the store', async () => {
    inbox.start = () => new Promise(() => undefined);
    const runner = runnerWith({ storageTimeoutMs: 20 });
    runner.start();
    await runner.beforeApplicationShutdown();
    await runner.onApplicationShutdown();

    expect(inbox.events).toEqual(['stop', 'close']);
  });

  it.each([
    [
      'throws',
      () => {
        throw new StorelessError('postgres://user:secret@db');
      },
    ],
    ['rejects', failing],
  ])('reports a start that %s, and shuts down all the same', async (_, start: () => Promise<void>) => {
    inbox.start = start;
    const runner = runnerWith();
    runner.start();
    await runner.beforeApplicationShutdown();
    await runner.onApplicationShutdown();

    expect(errors()).toEqual([
      'The inbox could not be started, so that this process does not deliver stored callbacks: StorelessError',
    ]);
    expect(inbox.events).toEqual(['stop', 'close']);
  });

  it('reports an inbox that cannot be stopped or closed, and lets the application end', async () => {
    inbox.reach = failing;
    const runner = runnerWith();
    runner.start();
    await runner.beforeApplicationShutdown();
    await runner.onApplicationShutdown();

    expect(errors()).toEqual([
      'The inbox could not be stopped: StorelessError',
      'The inbox could not be closed: StorelessError',
    ]);
  });
});
