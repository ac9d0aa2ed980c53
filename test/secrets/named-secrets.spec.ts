import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Post } from '@nestjs/common';
import { inspect } from 'node:util';
import {
  CallbackVerifier,
  importSignatureKeys,
  type NamedSecret,
  type Secrets,
  SignatureSecretProvider,
  VIDEO_CALLBACK_KINDS,
  VideoCallback,
  type VideoCallbacksOptions,
} from '../../lib/index.js';
import { StaticKeys } from '../../lib/secrets/static-keys.js';
import { useInstrumentation } from '../opentelemetry/in-memory-sdk.js';
import { PLATFORMS, type RunningApplication, startApplication } from '../support/application.js';
import { takeHandled } from '../support/kinds.controller.js';
import { MemoryInbox } from '../support/memory-inbox.js';
import { PAYLOADS } from '../support/payloads.js';
import { PROJECT, SECRET, signed } from '../support/signer.js';
import { expectAccepted, expectRefused } from '../support/verdict.js';

const CREATED = { name: 'streamCreated', secret: 'the-secret-of-the-first-webhook!' } satisfies NamedSecret;
const DESTROYED = { name: 'streamDestroyed', secret: 'the-secret-of-the-second-webhook' } satisfies NamedSecret;
const SESSIONS = '/callbacks/session';

const PLAIN = Object.fromEntries(VIDEO_CALLBACK_KINDS.map((kind) => [kind, SECRET]));

class Vault extends SignatureSecretProvider {
  constructor(readonly secretsFor: () => Secrets) {
    super();
  }
}

/** The ways in which secrets are given to the module. */
const SOURCES: readonly (readonly [where: string, optionsOf: (secrets: Secrets) => VideoCallbacksOptions])[] = [
  ['a project', (secrets) => ({ projects: { [PROJECT]: secrets } })],
  ['a kind', (secrets) => ({ projects: { [PROJECT]: { ...PLAIN, session: secrets } } })],
  ['a provider', (secrets) => ({ secretProvider: new Vault(() => secrets) })],
];

let timestamp = 0;
/** Another callback at each call. */
function session(secret: string, claims = {}) {
  timestamp += 1;
  return signed({ ...PAYLOADS.session, timestamp }, { secret, claims });
}

const sdk = useInstrumentation();

let running: RunningApplication;
beforeEach(() => {
  takeHandled();
});
afterEach(() => running.close());

const inUse = () => running.logs.lines.filter((line) => line.includes('do not remove it yet'));

describe.each(PLATFORMS)('the name of a secret on %s', (platform) => {
  it.each(SOURCES)('is in outcomes, spans and metrics where it is that of %s', async (_, optionsOf) => {
    running = await startApplication({ platform, options: optionsOf([CREATED, DESTROYED]) });
    for (const { secret } of [CREATED, DESTROYED, DESTROYED]) await expectAccepted(running, session(secret), SESSIONS);
    await expectRefused(running, session(DESTROYED.secret, { iat: 1 }), 'token_too_old', SESSIONS);
    const { body } = session(DESTROYED.secret);
    await expectRefused(
      running,
      { ...session(CREATED.secret), body: Buffer.concat([body, body]) },
      'payload_hash_mismatch',
      SESSIONS,
    );

    const { accepted, rejected } = running.observed.outcomes;
    expect(accepted).toMatchObject([
      { secretPosition: 0, secretName: 'streamCreated' },
      { secretPosition: 1, secretName: 'streamDestroyed' },
      { secretPosition: 1, secretName: 'streamDestroyed' },
    ]);
    expect(rejected.filter(({ secretName }) => secretName !== undefined)).toMatchObject([
      { reason: 'token_too_old', secretName: 'streamDestroyed' },
      { reason: 'payload_hash_mismatch', secretName: 'streamCreated' },
    ]);
    expect(running.logs.of('warn').join()).toContain(`project "${PROJECT}", secret "streamDestroyed": token_too_old: `);
    const points = await sdk().pointsOf('video_callbacks.secret.uses');
    expect(points.map(({ attributes, value }) => [attributes['video_callback.secret_name'], value])).toEqual([
      ['streamCreated', 1],
      ['streamDestroyed', 2],
    ]);
    expect(sdk().callbackSpans.map(({ attributes }) => attributes['video_callback.secret_name'])).toContain(
      'streamDestroyed',
    );
  });

  it('is that of one secret, without a list', async () => {
    running = await startApplication({ platform, options: { projects: { [PROJECT]: CREATED } } });
    await expectAccepted(running, session(CREATED.secret), SESSIONS);

    expect(running.observed.outcomes.accepted).toMatchObject([{ secretPosition: 0, secretName: 'streamCreated' }]);
  });

  it('tells several webhooks from a rotation, of which the log says which secret is still in use', async () => {
    const options = { projects: { [PROJECT]: [CREATED, DESTROYED, SECRET] } };
    running = await startApplication({ platform, options });
    await expectAccepted(running, session(DESTROYED.secret), SESSIONS);
    expect(inUse()).toEqual([]);

    await expectAccepted(running, session(SECRET), SESSIONS);
    expect(inUse()).toEqual([expect.stringContaining('with secret [2] of the list')]);
    expect(running.observed.outcomes.accepted.at(-1)).not.toHaveProperty('secretName');
  });

  it('is that of the kind which the payload tells, where kinds share the secret', async () => {
    @Controller('both')
    class BothController {
      @Post()
      @VideoCallback(['session', 'sip'])
      both() {
        return undefined;
      }
    }
    const { secret } = CREATED;
    const projects = { [PROJECT]: { session: CREATED, sip: secret } };
    running = await startApplication({ platform, controllers: [BothController], options: { projects } });
    await running.post('/both', session(secret));
    await running.post('/both', signed(PAYLOADS.sip, { secret }));

    const [ofSession, ofSip] = running.observed.outcomes.accepted;
    expect(ofSession).toMatchObject({ kind: 'session', secretName: 'streamCreated' });
    expect(ofSip).toMatchObject({ kind: 'sip', secretPosition: 0 });
    expect(ofSip).not.toHaveProperty('secretName');
  });

  it('is stored with a callback, and reported when it is delivered', async () => {
    const inbox = new MemoryInbox();
    running = await startApplication({ platform, options: { projects: { [PROJECT]: [CREATED, DESTROYED] }, inbox } });
    await running.post(SESSIONS, session(DESTROYED.secret));
    const [stored] = inbox.stored;
    if (stored === undefined) throw new Error('nothing was stored');
    await inbox.deliver(structuredClone(stored), { attempt: 1, of: 3 });

    expect(stored.token).toMatchObject({ secretPosition: 1, secretName: 'streamDestroyed' });
    const { stored: put, redelivered, accepted } = running.observed.outcomes;
    for (const outcome of [put, redelivered, accepted])
      expect(outcome).toMatchObject([{ secretName: 'streamDestroyed' }]);
    expect(inUse()).toEqual([]);
  });

  it.each(SOURCES)('is shown where its secret is not: of %s', async (_, optionsOf) => {
    const secrets = [CREATED, { ...DESTROYED, name: CREATED.name }];
    const started = startApplication({ platform, options: optionsOf(secrets) });
    const error: unknown = await started.then(
      async (application) => {
        running = application;
        expect(await running.post(SESSIONS, session(CREATED.secret))).toMatchObject({ status: 503 });
        return running.observed.outcomes.unavailable.at(-1)?.error;
      },
      (thrown: unknown) => thrown,
    );

    expect(inspect(error, { depth: 9 })).toContain('has two secrets named "streamCreated"');
    for (const { secret } of secrets) expect(inspect([error, running.logs.lines], { depth: 9 })).not.toContain(secret);
  });
});

it('keys of named secrets show their names, and no secret', async () => {
  const keys = [await importSignatureKeys([CREATED]), await StaticKeys.of({ [PROJECT]: { session: [CREATED] } })];

  for (const key of keys) {
    expect(inspect(key, { depth: 9 })).toContain('streamCreated');
    expect(inspect(key, { depth: 9, showHidden: true })).not.toContain(CREATED.secret);
  }
  await expect(importSignatureKeys([{ name: 'empty', secret: '' }])).rejects.toThrow('A signature secret is empty.');
});

it('the verifier without Nest tells the name', async () => {
  const keys = await importSignatureKeys([SECRET, CREATED]);
  const verifier = new CallbackVerifier({ keys: { keysFor: () => keys } });
  const { headers, body } = session(CREATED.secret);

  expect(await verifier.verify(headers, body, 'session')).toMatchObject({
    secretPosition: 1,
    secretName: 'streamCreated',
  });
  const plain = session(SECRET);
  expect(await verifier.verify(plain.headers, plain.body, 'session')).not.toHaveProperty('secretName');
});
