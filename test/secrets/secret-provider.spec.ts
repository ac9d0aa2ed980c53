import { Inject, Injectable, Module } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type Awaitable,
  type SecretQuery,
  type Secrets,
  SignatureSecretProvider,
  type VideoCallbackKind,
  VideoCallbacksModule,
  type VideoCallbacksOptions,
} from '../../lib/index.js';
import { type Platform, PLATFORMS, type RunningApplication, startApplication } from '../support/application.js';
import { useStoppedPerformanceClock } from '../support/clock.js';
import { takeHandled } from '../support/kinds.controller.js';
import { useOwnLogWindows } from '../support/log-windows.js';
import { Observed } from '../support/observed.js';
import { PAYLOADS } from '../support/payloads.js';
import { exchange } from '../support/raw-http.js';
import { PROJECT, SECRET, signed } from '../support/signer.js';
import { useApplication } from '../support/use-application.js';
import { ARCHIVES, expectAccepted, expectRefused } from '../support/verdict.js';
import { AskedProvider } from './asked-provider.js';

/** A provider that knows one project. */
const knowing = (secrets: Secrets): AskedProvider =>
  new AskedProvider(({ projectId }) => (projectId === PROJECT ? secrets : undefined));

const never = (): Promise<never> => new Promise(() => undefined);
const archive = (options?: Parameters<typeof signed>[1]) => signed(PAYLOADS.archive, options);
const ofProject = (api_key: string) => archive({ claims: { api_key } });

let running: RunningApplication | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
  takeHandled();
});

const stopClock = useStoppedPerformanceClock();

async function start(
  secretProvider: VideoCallbacksOptions['secretProvider'],
  options: VideoCallbacksOptions = {},
  platform: Platform = 'express',
): Promise<RunningApplication> {
  running = await startApplication({ platform, options: { ...options, ...(secretProvider && { secretProvider }) } });
  return running;
}

/** Sends a genuine callback that cannot be verified, and returns what the operator reads. */
async function expectUnavailable({ port, observed, logs }: RunningApplication): Promise<string> {
  const before = observed.outcomes.unavailable.length;
  const { status, body } = await exchange(port, ARCHIVES, archive());

  expect({ status, body }).toEqual({ status: 503, body: '{"message":"Service Unavailable","statusCode":503}' });
  expect(takeHandled()).toEqual([]);
  expect(observed.outcomes.unavailable.slice(before)).toMatchObject([
    { kind: 'archive', error: { name: 'SecretsUnavailableError' } },
  ]);
  expect(observed.outcomes.rejected).toEqual([]);
  return logs.of('error').at(-1) ?? '';
}

describe.each(PLATFORMS)('a secret provider on %s', (platform) => {
  it('is asked once for each kind of a project, while the answer holds', async () => {
    const provider = knowing([SECRET, 'the-next-secret']);
    const application = await start(provider, {}, platform);
    for (const kind of [
      'archive',
      'experienceComposer',
      'archive',
      'experienceComposer',
    ] satisfies VideoCallbackKind[]) {
      await expectAccepted(application, signed(PAYLOADS[kind], { secret: 'the-next-secret' }), `/callbacks/${kind}`);
    }
    await expectRefused(application, archive({ secret: 'another' }), 'signature_mismatch');

    expect(provider.queries).toEqual([
      { projectId: PROJECT, kind: 'archive', signal: expect.any(AbortSignal) },
      { projectId: PROJECT, kind: 'experienceComposer', signal: expect.any(AbortSignal) },
    ]);
    expect(application.observed.outcomes.accepted.at(-1)).toMatchObject({ secretPosition: 1 });
  });

  it('is asked again when secretTtl is over, and not before, and may have another answer then', async () => {
    const clock = stopClock();
    let secret = SECRET;
    const provider = new AskedProvider(() => secret);
    const application = await start(provider, { secretTtl: 30 }, platform);
    await expectAccepted(application, archive());
    secret = 'the-next-secret';
    clock.forward(29.9);
    await expectAccepted(application, archive());
    expect(provider.queries).toHaveLength(1);

    clock.forward(0.2);
    await expectRefused(application, archive(), 'signature_mismatch');
    await expectAccepted(application, archive({ secret }));
    expect(provider.queries).toHaveLength(2);
  });

  it('that hangs is given up after secretTimeout, may answer late without harm, and is asked again', async () => {
    let fail: (error: Error) => void = () => undefined;
    const hanging = new Promise<never>((_, reject) => (fail = reject));
    let isHanging = true;
    const application = await start(
      new AskedProvider(() => (isHanging ? hanging : SECRET)),
      { secretTimeout: 0.1 },
      platform,
    );
    const begin = performance.now();
    const line = await expectUnavailable(application);
    const took = performance.now() - begin;
    fail(new Error('too late'));
    isHanging = false;
    await expectAccepted(application, archive());

    expect(line).toContain('are unavailable: no answer within 0.1 s');
    expect(took).toBeGreaterThan(95);
    expect(took).toBeLessThan(2000);
  });
});

describe('a secret provider that fails', () => {
  const HIDDEN = 'hvs.token-of-the-vault';
  useOwnLogWindows();
  let answer: () => Awaitable<Secrets>;
  const running = useApplication({ options: { secretProvider: new AskedProvider(() => answer()) } });

  it.each<[behaviour: string, answer: () => Awaitable<Secrets>, log: string]>([
    [
      'throws',
      () => {
        throw new TypeError(`denied to ${HIDDEN}`);
      },
      ': TypeError',
    ],
    ['rejects', () => Promise.reject(new RangeError(`denied to ${HIDDEN}`)), ': RangeError'],
    [
      'rejects with a code',
      () => Promise.reject(Object.assign(new Error(HIDDEN), { code: 'ECONNREFUSED' })),
      ': Error ("ECONNREFUSED")',
    ],
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    ['rejects with a string', () => Promise.reject(HIDDEN), ': a thrown string'],
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    ['rejects with nothing', () => Promise.reject(), ''],
  ])('%s: the answer is 503, and the log has the error without its message', async (_, failing, log) => {
    answer = failing;
    const line = await expectUnavailable(running());

    expect(line).toContain(`the signature secrets for archive callbacks are unavailable${log}`);
    expect(running().logs.lines.join()).not.toContain(HIDDEN);
  });

  it.each<[behaviour: string, answer: unknown, log: string]>([
    ['an empty string', '', "the secret provider's answer for archive is empty"],
    ['null', null, 'answer for archive is null'],
    ['a list with undefined', [SECRET, undefined], 'answer for archive[1] is undefined'],
  ])('answers %s: the answer is 503, and the log has the fault without the secret', async (_, given, log) => {
    answer = () => given as Secrets;
    const line = await expectUnavailable(running());

    expect(line).toContain(log);
    expect(running().logs.lines.join()).not.toContain(SECRET);
  });
});

describe('a secret provider', () => {
  it('is asked every time with secretTtl: 0, and an earlier answer still refuses a forgery', async () => {
    let isSealed = false;
    const provider = new AskedProvider(() => (isSealed ? Promise.reject(new Error('sealed')) : SECRET));
    const application = await start(provider, { secretTtl: 0 });
    for (let count = 0; count < 3; count += 1) await expectAccepted(application, archive());
    expect(provider.queries).toHaveLength(3);

    isSealed = true;
    await expectRefused(application, archive({ secret: 'another' }), 'signature_mismatch');
  });

  it('is asked once for 50 callbacks that come at the same time', async () => {
    const provider = new AskedProvider(async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return SECRET;
    });
    const application = await start(provider);
    const answers = await Promise.all(Array.from({ length: 50 }, () => application.post(ARCHIVES, archive())));

    expect(answers.filter(({ status }) => status !== 204)).toEqual([]);
    expect(provider.queries).toHaveLength(1);
  });

  it('is not asked for what cannot be a project, nor for another algorithm', async () => {
    const provider = knowing(SECRET);
    const application = await start(provider);
    await expectRefused(application, ofProject(''), 'project_missing');
    await expectRefused(application, ofProject('x'.repeat(129)), 'project_missing');
    await expectRefused(application, archive({ header: { alg: 'none' } }), 'algorithm_not_allowed');
    await expectRefused(application, archive({ headers: { 'user-agent': 'curl' } }), 'user_agent_mismatch');

    expect(provider.queries).toEqual([]);
  });

  it('that is slow for both projects of a token is given up after secretTimeout for both together', async () => {
    const slow = (): Promise<undefined> => new Promise((resolve) => setTimeout(resolve, 200, undefined));
    const application = await start(new AskedProvider(slow), { secretTimeout: 0.3 });
    const request = archive({ claims: { application_id: 'an-application' } });

    // With a time-out for each, both answers would come in time: the project would be unknown.
    expect((await application.post(ARCHIVES, request)).status).toBe(503);
  });

  it.each<[staleIfError: number | undefined, seconds: number]>([
    [undefined, 300],
    [20, 20],
  ])('that fails, with staleIfError %p, is replaced by its last answer for %i s', async (staleIfError, seconds) => {
    const clock = stopClock();
    let isSealed = false;
    const provider = new AskedProvider(() => (isSealed ? Promise.reject(new Error('sealed')) : SECRET));
    const application = await start(provider, {
      secretTtl: 60,
      ...(staleIfError === undefined ? {} : { staleIfError }),
    });
    const warnings = () => application.logs.of('warn').filter((line) => line.includes('earlier answers'));
    await expectAccepted(application, archive());
    isSealed = true;
    clock.forward(60 + seconds - 1);
    for (let count = 0; count < 3; count += 1) await expectAccepted(application, archive());
    expect(warnings()).toEqual([
      expect.stringContaining('the signature secrets for archive callbacks are unavailable: Error. Callbacks of known'),
    ]);

    clock.forward(2);
    await expectUnavailable(application);
    expect(warnings()).toHaveLength(1);
  });

  it('that hangs for invented projects is asked at once for a known one, although its tokens name an unknown one too', async () => {
    const provider = new AskedProvider(({ projectId }) => {
      if (projectId.startsWith('noise')) return never();
      return projectId === PROJECT ? SECRET : undefined;
    });
    const application = await start(provider, { secretTimeout: 1, secretTtl: 0.1 });
    const genuine = () => archive({ claims: { application_id: 'an-application' } });
    await expectAccepted(application, genuine());
    const noise = Array.from({ length: 40 }, (_, index) => application.post(ARCHIVES, ofProject(`noise-${index}`)));
    let isNoiseAnswered = false;
    const answers = Promise.all(noise).finally(() => (isNoiseAnswered = true));
    await new Promise((resolve) => setTimeout(resolve, 150));
    await expectAccepted(application, genuine());

    expect([provider.asked(PROJECT), provider.asked('an-application')]).toEqual([2, 2]);
    expect(isNoiseAnswered).toBe(false);
    expect((await answers).filter(({ status }) => status !== 503)).toEqual([]);
  });

  it('has its answers for secretCacheSize unknown projects remembered, beside those for known ones', async () => {
    const provider = new AskedProvider(({ projectId }) => (projectId === PROJECT ? SECRET : undefined));
    const application = await start(provider, { secretCacheSize: 2 });
    await expectAccepted(application, archive());
    for (const projectId of ['1', '2', '3', '1']) {
      await expectRefused(application, ofProject(projectId), 'project_unknown');
    }
    await expectAccepted(application, archive());

    expect(provider.queries.map(({ projectId }) => projectId)).toEqual([PROJECT, '1', '2', '3', '1']);
  });
});

describe('a secret provider that is a class', () => {
  const VAULT = Symbol('vault');

  @Injectable()
  class VaultSecrets extends SignatureSecretProvider {
    constructor(@Inject(VAULT) private readonly vault: ReadonlyMap<string, string>) {
      super();
    }

    override secretsFor({ projectId }: SecretQuery): string | undefined {
      return this.vault.get(projectId);
    }
  }

  const extraProviders = [{ provide: VAULT, useValue: new Map([[PROJECT, SECRET]]) }];

  it.each<[means: string, imports: (observer: Observed) => ReturnType<typeof VideoCallbacksModule.forRoot>]>([
    ['forRoot', (observer) => VideoCallbacksModule.forRoot({ secretProvider: VaultSecrets, extraProviders, observer })],
    [
      'forRootAsync',
      (observer) =>
        VideoCallbacksModule.forRootAsync({
          extraProviders,
          useFactory: () => ({ secretProvider: VaultSecrets, observer }),
        }),
    ],
  ])('gets its dependencies from extraProviders of %s', async (_, imports) => {
    const observed = new Observed();
    running = await startApplication({ imports: [imports(observed)] });
    const application = { ...running, observed };

    await expectAccepted(application, archive());
    await expectRefused(application, ofProject('unknown'), 'project_unknown');
  });

  it('without its dependencies is an error at start-up', async () => {
    await expect(startApplication({ options: { secretProvider: VaultSecrets } })).rejects.toThrow(/Symbol\(vault\)/);
  });
});

describe('a secret provider that is an instance', () => {
  class HookedSecrets extends SignatureSecretProvider {
    readonly hooks: string[] = [];

    override secretsFor({ projectId }: SecretQuery): string | undefined {
      return projectId === PROJECT ? SECRET : undefined;
    }

    onModuleInit(): void {
      this.hooks.push('onModuleInit');
    }

    onApplicationBootstrap(): void {
      this.hooks.push('onApplicationBootstrap');
    }

    onModuleDestroy(): void {
      this.hooks.push('onModuleDestroy');
    }

    beforeApplicationShutdown(): void {
      this.hooks.push('beforeApplicationShutdown');
    }

    onApplicationShutdown(): void {
      this.hooks.push('onApplicationShutdown');
    }
  }

  @Module({ providers: [HookedSecrets], exports: [HookedSecrets] })
  class SecretsModule {}

  it('that is a provider of the application gets each lifecycle hook once', async () => {
    const application = await startApplication({
      imports: [
        VideoCallbacksModule.forRootAsync({
          imports: [SecretsModule],
          inject: [HookedSecrets],
          useFactory: (secretProvider: HookedSecrets) => ({ secretProvider }),
        }),
      ],
    });
    const { hooks } = application.app.get(HookedSecrets, { strict: false });
    const { status } = await application.post(ARCHIVES, archive());
    await application.close();

    expect(status).toBe(204);
    expect(hooks).toEqual([
      'onModuleInit',
      'onApplicationBootstrap',
      'onModuleDestroy',
      'beforeApplicationShutdown',
      'onApplicationShutdown',
    ]);
  });
});
