import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Post } from '@nestjs/common';
import { type Histogram } from '@opentelemetry/sdk-metrics';
import { ArchiveCallback, type Secrets, SignatureSecretProvider, VideoCallback } from '../../lib/index.js';
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

describe.each(PLATFORMS)('On %s', (platform) => {
  it('each outcome is counted, with why', async () => {
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

  it('durations are measured in seconds, of the whole and of its stages', async () => {
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

it('What could not be verified is counted with what was away', async () => {
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

it('A ledger that goes and comes is counted, and what it missed is measured once', async () => {
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

it('The secrets of genuine callbacks are counted by their position, so that one that is not used any more shows', async () => {
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

it('Of many projects a hundred are told apart', async () => {
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
