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
import { until } from '../support/until.js';
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
  it('is asked for the project of the token and the kind of the route', async () => {
    const provider = knowing([SECRET, 'the-next-secret']);
    const application = await start(provider, {}, platform);
    await expectAccepted(application, archive({ secret: 'the-next-secret' }));

    expect(provider.queries).toEqual([{ projectId: PROJECT, kind: 'archive', signal: expect.any(AbortSignal) }]);
    expect(application.observed.outcomes.accepted.at(-1)).toMatchObject({ secretPosition: 1 });
  });

  it('is asked once for each kind of each project, while the answer holds', async () => {
    const provider = knowing(SECRET);
    const application = await start(provider, {}, platform);
    for (const kind of [
      'archive',
      'experienceComposer',
      'archive',
      'experienceComposer',
    ] satisfies VideoCallbackKind[]) {
      await expectAccepted(application, signed(PAYLOADS[kind]), `/callbacks/${kind}`);
    }
    await expectRefused(application, archive({ secret: 'another' }), 'signature_mismatch');

    expect(provider.queries.map(({ kind }) => kind)).toEqual(['archive', 'experienceComposer']);
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

  it('that fails is asked again by the next callback', async () => {
    let sealed = true;
    const provider = new AskedProvider(() => (sealed ? Promise.reject(new Error('sealed')) : SECRET));
    const application = await start(provider, {}, platform);
    await expectUnavailable(application);
    sealed = false;
    await expectAccepted(application, archive());

    expect(provider.queries).toHaveLength(2);
  });

  it('that hangs is given up after secretTimeout, and may come back late without harm', async () => {
    let fail: (error: Error) => void = () => undefined;
    const hanging = new Promise<never>((_, reject) => (fail = reject));
    const application = await start(new AskedProvider(() => hanging), { secretTimeout: 0.2 }, platform);
    const begin = performance.now();
    const line = await expectUnavailable(application);
    const took = performance.now() - begin;
    fail(new Error('too late'));
    // Long enough for jest to notice a rejection that nobody handles, which fails the test.
    await new Promise((resolve) => setTimeout(resolve, 20));

    expect(line).toContain('are unavailable: no answer within 0.2 s');
    expect(took).toBeGreaterThan(190);
    expect(took).toBeLessThan(2000);
  });
});

describe('a secret provider that has no secrets to give', () => {
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
    ['rejects with a text', () => Promise.reject(HIDDEN), ': a thrown string'],
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    ['rejects with nothing', () => Promise.reject(), ''],
  ])('is our own fault if it %s: 503, and the log has the error without its message', async (_, failing, log) => {
    answer = failing;
    const line = await expectUnavailable(running());

    expect(line).toContain(`the signature secrets for archive callbacks are unavailable${log}`);
    expect(running().logs.lines.join()).not.toContain(HIDDEN);
  });

  it.each<[behaviour: string, answer: unknown, log: string]>([
    ['an empty text', '', "the secret provider's answer for archive is empty"],
    ['51 characters', `${SECRET}${'!'.repeat(51 - SECRET.length)}`, 'answer for archive has 51 characters'],
    ['a number', 7, 'answer for archive is number: a signature secret is a text'],
    ['null', null, 'answer for archive is null'],
    ['a buffer', Buffer.from(SECRET), 'answer for archive is object'],
    ['an object', { value: SECRET }, 'answer for archive is object'],
    ['a secret whose name is missing', { secret: SECRET }, "the name of the secret provider's answer for archive must"],
    ['an empty list', [], 'answer for archive is an empty list'],
    ['a list with an empty text', [SECRET, ''], 'answer for archive[1] is empty'],
    ['a list with nothing in it', [SECRET, undefined], 'answer for archive[1] is undefined'],
  ])('is our own fault if it answers %s: 503, and the log has the fault without the secret', async (_, given, log) => {
    answer = () => given as Secrets;
    const line = await expectUnavailable(running());

    expect(line).toContain(log);
    expect(running().logs.lines.join()).not.toContain(SECRET);
  });
});

describe('a secret provider', () => {
  it('is asked every time with secretTtl: 0', async () => {
    const provider = knowing(SECRET);
    const application = await start(provider, { secretTtl: 0 });
    for (let count = 0; count < 3; count += 1) await expectAccepted(application, archive());

    expect(provider.queries).toHaveLength(3);
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
    const slow = (): Promise<undefined> => new Promise((resolve) => setTimeout(resolve, 1000, undefined));
    const application = await start(new AskedProvider(slow), { secretTimeout: 1.2 });
    const begin = performance.now();
    const request = archive({ claims: { application_id: 'an-application' } });

    expect((await application.post(ARCHIVES, request)).status).toBe(503);
    expect(performance.now() - begin).toBeLessThan(1900);
  });

  it.each<[staleIfError: number | undefined, status: number, secondsLater: number]>([
    [undefined, 204, 299],
    [undefined, 503, 301],
    [20, 204, 19],
    [20, 503, 21],
    [0, 503, 0],
  ])(
    'that fails, with staleIfError %p, answers %i %i s after secretTtl',
    async (staleIfError, expected, secondsLater) => {
      const clock = stopClock();
      let isSealed = false;
      const provider = new AskedProvider(() => (isSealed ? Promise.reject(new Error('sealed')) : SECRET));
      const application = await start(provider, {
        secretTtl: 60,
        ...(staleIfError === undefined ? {} : { staleIfError }),
      });
      await expectAccepted(application, archive());
      isSealed = true;
      clock.forward(60 + secondsLater);

      for (let count = 0; count < 3; count += 1) {
        expect(await application.post(ARCHIVES, archive())).toMatchObject({ status: expected });
      }
      const warnings = application.logs.of('warn').filter((line) => line.includes('earlier answers'));
      expect(warnings).toEqual(
        expected === 503
          ? []
          : [
              expect.stringContaining(
                'the signature secrets for archive callbacks are unavailable: Error. Callbacks of known',
              ),
            ],
      );
    },
  );

  it('that fails refuses with an earlier answer what it would refuse anyway', async () => {
    let isSealed = false;
    const provider = new AskedProvider(() => (isSealed ? Promise.reject(new Error('sealed')) : SECRET));
    const application = await start(provider, { secretTtl: 0 });
    await expectAccepted(application, archive());
    isSealed = true;

    await expectRefused(application, archive({ secret: 'another' }), 'signature_mismatch');
  });
});

describe('a secret provider during a flood of invented projects', () => {
  it('does not forget a project that it knows through the noise of 3000 that it does not', async () => {
    const provider = knowing(SECRET);
    const application = await start(provider, { secretCacheSize: 1000 });
    await expectAccepted(application, archive());
    for (let group = 0; group < 30; group += 1) {
      const noise = Array.from({ length: 100 }, (_, index) => ofProject(`noise-${group * 100 + index}`));
      const answers = await Promise.all(noise.map((request) => application.post(ARCHIVES, request)));
      expect(answers.filter(({ status }) => status !== 401)).toEqual([]);
    }
    await expectAccepted(application, archive());
    await expectRefused(application, ofProject('noise-2999'), 'project_unknown');
    await expectRefused(application, ofProject('noise-0'), 'project_unknown');

    expect(provider.asked(PROJECT)).toBe(1);
    expect(provider.asked('noise-2999')).toBe(1);
    // It was forgotten: what is unknown is remembered within a bound.
    expect(provider.asked('noise-0')).toBe(2);
  }, 120_000);

  it('is never asked more than 16 questions at a time', async () => {
    let open = 0;
    let most = 0;
    const provider = new AskedProvider(async () => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setTimeout(resolve, 400));
      open -= 1;
      return undefined;
    });
    const application = await start(provider);
    const noise = Array.from({ length: 60 }, (_, index) => ofProject(`noise-${index}`));
    await Promise.all(noise.map((request) => application.post(ARCHIVES, request)));

    expect(provider.queries).toHaveLength(60);
    expect(most).toBe(16);
  });

  it('that hangs for them is asked at once for a known project, also when secretTtl is over', async () => {
    const provider = new AskedProvider(({ projectId }) => (projectId === PROJECT ? SECRET : never()));
    const application = await start(provider, { secretTimeout: 2, secretTtl: 0.1 });
    await expectAccepted(application, archive());
    const noise = Array.from({ length: 40 }, (_, index) => application.post(ARCHIVES, ofProject(`noise-${index}`)));
    let isNoiseAnswered = false;
    const answers = Promise.all(noise).finally(() => (isNoiseAnswered = true));
    await new Promise((resolve) => setTimeout(resolve, 150));
    await expectAccepted(application, archive());

    expect(provider.asked(PROJECT)).toBe(2);
    expect(isNoiseAnswered).toBe(false);
    expect((await answers).filter(({ status }) => status !== 503)).toEqual([]);
  });

  it('that hangs for invented projects is asked at once for a known one, although its tokens name an unknown one too', async () => {
    const provider = new AskedProvider(({ projectId }) => {
      if (projectId.startsWith('noise')) return never();
      return projectId === PROJECT ? SECRET : undefined;
    });
    const application = await start(provider, { secretTimeout: 2, secretTtl: 0.1 });
    const genuine = () => archive({ claims: { application_id: 'an-application' } });
    await expectAccepted(application, genuine());
    const noise = Array.from({ length: 40 }, (_, index) => application.post(ARCHIVES, ofProject(`noise-${index}`)));
    let isNoiseAnswered = false;
    const answers = Promise.all(noise).finally(() => (isNoiseAnswered = true));
    await new Promise((resolve) => setTimeout(resolve, 150));
    await expectAccepted(application, genuine());

    expect(provider.asked('an-application')).toBe(2);
    expect(isNoiseAnswered).toBe(false);
    await answers;
  });

  it('that never ends its calls for invented projects goes on being asked for a known one', async () => {
    const provider = new AskedProvider(({ projectId }) => (projectId === PROJECT ? SECRET : never()));
    const options = { secretTimeout: 0.02, secretTtl: 0, staleIfError: 0 };
    const application = await start(provider, options);
    await expectAccepted(application, archive());
    let count = 0;
    let answers: number[];
    do {
      const noise = Array.from({ length: 20 }, () => application.post(ARCHIVES, ofProject(`noise-${(count += 1)}`)));
      answers = (await Promise.all(noise)).map(({ status }) => status);
      expect(answers.filter((status) => status !== 503)).toEqual([]);
    } while (provider.queries.length < 1001 && count < 10_000);
    for (let index = 0; index < 3; index += 1) await expectAccepted(application, archive());

    // Too many calls for others have not ended: one more is tried in twice secretTimeout.
    const asked = provider.queries.length;
    const began = performance.now();
    await Promise.all(Array.from({ length: 20 }, (_, index) => application.post(ARCHIVES, ofProject(`more-${index}`))));
    expect(provider.queries.length - asked).toBeLessThanOrEqual(1 + (performance.now() - began) / 40);
  });

  it('that is slow is asked in time for genuine callbacks that come after a flood of invented projects', async () => {
    const tenants = Array.from({ length: 32 }, (_, index) => `tenant-${index}`);
    const provider = new AskedProvider(async ({ projectId }) => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return projectId.startsWith('tenant') ? SECRET : undefined;
    });
    const application = await start(provider, { secretTimeout: 1 });
    const flood = Array.from({ length: 300 }, (_, index) => application.post(ARCHIVES, ofProject(`noise-${index}`)));
    await until(() => provider.queries.length >= 16);
    const genuine = await Promise.all(tenants.map((tenant) => application.post(ARCHIVES, ofProject(tenant))));

    expect(genuine.filter(({ status }) => status !== 204)).toEqual([]);
    // The flood is more than the provider can answer in time.
    expect((await Promise.all(flood)).filter(({ status }) => status === 503).length).toBeGreaterThan(0);
  });

  it('is asked in time for known projects that had to leave the cache, during a flood of invented ones', async () => {
    const tenants = Array.from({ length: 30 }, (_, index) => `tenant-${index}`);
    const provider = new AskedProvider(async ({ projectId }) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return projectId.startsWith('tenant') ? SECRET : undefined;
    });
    const application = await start(provider, { secretTimeout: 1, secretCacheSize: 10 });
    const genuine = () => Promise.all(tenants.map((tenant) => application.post(ARCHIVES, ofProject(tenant))));
    await genuine();
    let isOver = false;
    let count = 0;
    const flood = Array.from({ length: 200 }, async () => {
      while (!isOver) await application.post(ARCHIVES, ofProject(`noise-${(count += 1)}`));
    });
    await until(() => count > 400);
    const asked = provider.queries.length;
    const answers = await genuine();
    isOver = true;
    await Promise.all(flood);

    expect(answers.filter(({ status }) => status !== 204)).toEqual([]);
    expect(
      provider.queries.slice(asked).filter(({ projectId }) => projectId.startsWith('tenant')).length,
    ).toBeGreaterThan(10);
  });

  it('that hangs for one project does not hold up another for longer than secretTimeout', async () => {
    const provider = new AskedProvider(({ projectId }) => (projectId === PROJECT ? SECRET : never()));
    const application = await start(provider, { secretTimeout: 0.2 });
    const noise = Array.from({ length: 16 }, (_, index) => application.post(ARCHIVES, ofProject(`noise-${index}`)));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const genuine = await application.post(ARCHIVES, archive());
    const later = await application.post(ARCHIVES, archive());

    expect((await Promise.all(noise)).filter(({ status }) => status !== 503)).toEqual([]);
    expect([genuine.status, later.status]).toEqual([204, 204]);
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
