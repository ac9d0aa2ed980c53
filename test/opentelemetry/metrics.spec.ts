import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Post } from '@nestjs/common';
import { type Histogram } from '@opentelemetry/sdk-metrics';
import { setTimeout as wait } from 'node:timers/promises';
import {
  ArchiveCallback,
  CallbackInbox,
  type PutResult,
  type Secrets,
  SignatureSecretProvider,
  VideoCallback,
} from '../../lib/index.js';
import { type InboxCounts, openInboxes } from '../../lib/telemetry/inbox-counts.js';
import { type ApplicationSetup, PLATFORMS, type RunningApplication, startApplication } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { PROJECT, SECRET, signed, type SignedRequest } from '../support/signer.js';
import { until } from '../support/until.js';
import { useInstrumentation } from './in-memory-sdk.js';
import { FailingLedger } from './ledgers.js';

const OUTCOMES = 'video_callbacks.outcomes';
const OLD_SECRET = 'the-secret-that-is-to-be-removed';

const sdk = useInstrumentation();

let running: RunningApplication;

@Controller('video')
class VideoController {
  @Post('archives')
  onArchive(@VideoCallback('archive') archive: ArchiveCallback): void {
    if (archive.status === 'failed') throw new TypeError('no');
  }
}

afterEach(() => running.close());

async function start(setup: ApplicationSetup = {}): Promise<void> {
  running = await startApplication({ controllers: [VideoController], ...setup });
}

const send = async (request: SignedRequest = signed(PAYLOADS.archive)): Promise<number> =>
  (await running.post('/video/archives', request)).status;

/** How often each combination was counted, without what all have in common. */
async function counted(): Promise<unknown[]> {
  const points = await sdk().pointsOf(OUTCOMES);
  return points.map(({ attributes, value }) => {
    const {
      'video_callback.kind': kind,
      'code.function.name': route,
      'video_callback.outcome': outcome,
      ...more
    } = attributes;
    expect([kind, route]).toEqual(
      outcome === 'recovered' ? [undefined, undefined] : ['archive', 'VideoController.onArchive'],
    );
    return { outcome, ...more, value };
  });
}

describe.each(PLATFORMS)('instrumentVideoCallbacks on %s', (platform) => {
  it('counts each outcome, with its reason', async () => {
    await start({ platform });
    const request = signed(PAYLOADS.archive);
    for (const each of [request, request]) await send(each);
    await send(signed({ ...PAYLOADS.archive, status: 'failed' }));
    await send(signed('{}'));
    for (const secret of ['forged', 'guessed']) await send(signed(PAYLOADS.archive, { secret }));
    await send(signed(PAYLOADS.archive, { headers: { authorization: undefined } }));

    expect(await counted()).toEqual([
      { outcome: 'accepted', value: 1 },
      { outcome: 'duplicate', value: 1 },
      { outcome: 'failed', 'error.type': 'TypeError', value: 1 },
      { outcome: 'unusable', value: 1 },
      { outcome: 'rejected', 'video_callback.reason': 'signature_mismatch', value: 2 },
      { outcome: 'rejected', 'video_callback.reason': 'authorization_missing', value: 1 },
    ]);
  });

  it('measures durations in seconds, of the whole and of its stages', async () => {
    await start({ platform });
    await send();
    await send(signed(PAYLOADS.archive, { secret: 'forged' }));

    const wholes = await sdk().pointsOf<Histogram>('video_callbacks.duration');
    expect(wholes.map(({ attributes }) => attributes)).toEqual([
      { 'video_callback.kind': 'archive', 'video_callback.outcome': 'accepted' },
      { 'video_callback.kind': 'archive', 'video_callback.outcome': 'rejected' },
    ]);
    for (const { value } of wholes) {
      expect(value.count).toBe(1);
      expect(value.sum).toBeGreaterThan(0);
      expect(value.sum).toBeLessThan(2);
      expect(value.buckets.boundaries).toContain(0.005);
    }
    const stages = await sdk().pointsOf<Histogram>('video_callbacks.stage.duration');
    expect(stages.map(({ attributes, value }) => [attributes['video_callback.stage'], value.count])).toEqual([
      ['verification', 2],
      ['payload', 1],
      ['storage', 1],
      ['handling', 1],
    ]);
  });
});

describe('instrumentVideoCallbacks', () => {
  it('counts what could not be verified, with what was unavailable', async () => {
    class Vault extends SignatureSecretProvider {
      override secretsFor(): Promise<Secrets> {
        return Promise.reject(new Error('sealed'));
      }
    }
    await start({ options: { secretProvider: new Vault() } });
    await send();

    expect(await counted()).toEqual([
      {
        outcome: 'unavailable',
        'video_callback.dependency': 'secrets',
        'error.type': 'SecretsUnavailableError',
        value: 1,
      },
    ]);
  });

  it('counts a ledger that becomes unavailable and available again, and measures what it missed once', async () => {
    const ledger = new FailingLedger({ claim: true });
    await start({ options: { ledger } });
    await send();
    ledger.recover();
    await until(() => running.observed.outcomes.recovered.length === 1);

    expect(await counted()).toEqual([
      { outcome: 'unavailable', 'video_callback.dependency': 'ledger', 'error.type': 'Error', value: 1 },
      { outcome: 'accepted', value: 1 },
      { outcome: 'recovered', 'video_callback.dependency': 'ledger', value: 1 },
    ]);
    const durations = await sdk().pointsOf<Histogram>('video_callbacks.duration');
    expect(durations.map(({ attributes, value }) => [attributes['video_callback.outcome'], value.count])).toEqual([
      ['accepted', 1],
    ]);
  });

  it('counts the secrets of genuine callbacks by position, which shows one that is not used any more', async () => {
    await start({
      options: {
        secretProvider: new (class extends SignatureSecretProvider {
          override secretsFor = (): Secrets => [SECRET, OLD_SECRET];
        })(),
      },
    });
    const old = signed(PAYLOADS.archive, { secret: OLD_SECRET });
    // A copy is none.
    for (const request of [old, old, signed(PAYLOADS.archive), signed('{}')]) await send(request);
    await send(signed(PAYLOADS.archive, { secret: 'forged' }));
    await send(signed(PAYLOADS.archive, { claims: { payload_hash: '0'.repeat(64) } }));

    const points = await sdk().pointsOf('video_callbacks.secret.uses');
    const common = { 'video_callback.kind': 'archive', 'video_callback.project': PROJECT };
    expect(points.map(({ attributes, value }) => ({ attributes, value }))).toEqual([
      { attributes: { ...common, 'video_callback.secret_position': 1 }, value: 1 },
      { attributes: { ...common, 'video_callback.secret_position': 0 }, value: 2 },
    ]);
  });

  it('distinguishes a hundred projects', async () => {
    await start({
      options: {
        secretProvider: new (class extends SignatureSecretProvider {
          override secretsFor = (): Secrets => SECRET;
        })(),
      },
    });
    for (let tenant = 0; tenant < 120; tenant += 1) {
      expect(await send(signed(PAYLOADS.archive, { claims: { api_key: `tenant-${tenant}` } }))).toBe(204);
    }

    const points = await sdk().pointsOf('video_callbacks.secret.uses');
    expect(points).toHaveLength(101);
    expect(points.at(-1)).toMatchObject({ attributes: { 'video_callback.project': 'other' }, value: 20 });
  });
});

describe('the gauges of an inbox', () => {
  let count: () => InboxCounts | Promise<InboxCounts>;
  let asked: number;

  /** An inbox that stores nothing and says how full it is. */
  class FullInbox extends CallbackInbox {
    readonly scope = 'counted';
    readonly retention = 93_600;

    override put = (): PutResult => 'stored';
    override start = (): void => undefined;
    override stop = (): void => undefined;
    override close = (): void => undefined;

    override counts(): InboxCounts | Promise<InboxCounts> {
      asked += 1;
      return count();
    }
  }

  beforeEach(async () => {
    asked = 0;
    count = () => ({ waiting: 3, dead: 1 });
    await start({ options: { inbox: new FullInbox() } });
  });

  /** What the two gauges show. */
  async function shown(): Promise<number[]> {
    const metrics = await sdk().collect();
    return ['video_callbacks.inbox.waiting', 'video_callbacks.inbox.dead'].flatMap((name) =>
      metrics
        .filter(({ descriptor }) => descriptor.name === name)
        .flatMap(({ dataPoints }) => dataPoints.map(({ value }) => value as number)),
    );
  }

  it('show how many callbacks wait and how many are dead, as long as the application runs', async () => {
    expect(await shown()).toEqual([3, 1]);
    await running.close();
    expect(openInboxes.size).toBe(0);
    // The SDK goes on with what it got last.
    await shown();
    expect(asked).toBe(1);
  });

  it('add up all inboxes of the process', async () => {
    const other = (): InboxCounts => ({ waiting: 10, dead: 20 });
    openInboxes.add(other);
    try {
      expect(await shown()).toEqual([13, 21]);
    } finally {
      openInboxes.delete(other);
    }
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('away'))],
    [
      'throws',
      () => {
        throw new Error('away');
      },
    ],
  ])('show nothing of an inbox that %s', async (_, fails: () => Promise<InboxCounts>) => {
    count = fails;
    expect(await shown()).toEqual([]);
    count = () => ({ waiting: 0, dead: 0 });
    expect(await shown()).toEqual([0, 0]);
  });

  it('do not wait for an inbox that hangs, nor ask it again before it has answered', async () => {
    let answer: ((counts: InboxCounts) => void) | undefined;
    count = () => new Promise((resolve) => (answer = resolve));
    const started = performance.now();
    expect(await shown()).toEqual([]);
    expect(await shown()).toEqual([]);
    expect(performance.now() - started).toBeLessThan(4000);
    expect(asked).toBe(1);

    answer?.({ waiting: 0, dead: 0 });
    await wait(10);
    count = () => ({ waiting: 5, dead: 6 });
    expect(await shown()).toEqual([5, 6]);
  });
});
