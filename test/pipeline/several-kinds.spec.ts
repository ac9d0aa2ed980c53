import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Post } from '@nestjs/common';
import { unusableIdentity } from '../../lib/delivery/callback-identity.js';
import {
  type ArchiveCallback,
  type BroadcastCallback,
  CallDestroyedCallback,
  CallbackId,
  CallbackKind,
  MemoryCallbackLedger,
  type SecretQuery,
  SessionCreatedCallback,
  type SignatureSecretProvider,
  type SessionCallback,
  type SipCallback,
  type StoredCallback,
  type VerifiedToken,
  VideoCallback,
  type VideoCallbackKind,
  type VideoCallbacksOptions,
} from '../../lib/index.js';
import { callbackFixture } from '../../lib/testing/index.js';
import { PLATFORMS, type RunningApplication, startApplication } from '../support/application.js';
import { MemoryInbox } from '../support/memory-inbox.js';
import { PROJECT, SECRET, signed } from '../support/signer.js';

const SIP_SECRET = 'the-sip-secret-has-32-bytes-too!';
const handled: { kind: VideoCallbackKind; id: string; callback: object }[] = [];

@Controller('video')
class CallsController {
  @Post('calls')
  onCall(
    @VideoCallback(['session', 'sip']) callback: SessionCallback | SipCallback,
    @CallbackKind() kind: VideoCallbackKind,
    @CallbackId() id: string,
  ) {
    handled.push({ kind, id, callback });
  }

  @Post('files')
  onFile(
    @VideoCallback(['archive', 'broadcast']) callback: ArchiveCallback | BroadcastCallback,
    @CallbackKind() kind: VideoCallbackKind,
    @CallbackId() id: string,
  ) {
    handled.push({ kind, id, callback });
  }
}

const sessionCreated = callbackFixture('session', 'sessionCreated');
const callDestroyed = callbackFixture('sip', 'callDestroyed');
const broadcastStarted = callbackFixture('broadcast', 'started');
const projects = { [PROJECT]: { session: SECRET, sip: SIP_SECRET, archive: SECRET, broadcast: SECRET } };

beforeEach(() => {
  handled.length = 0;
});

describe.each(PLATFORMS)('a route of several kinds on %s', (platform) => {
  let running: RunningApplication;
  beforeAll(async () => {
    running = await startApplication({ platform, controllers: [CallsController], options: { projects } });
  });
  afterAll(() => running.close());

  it('hands over the callback of the kind whose secret has signed it', async () => {
    expect(await running.post('/video/calls', signed(sessionCreated))).toMatchObject({ status: 204 });
    expect(await running.post('/video/calls', signed(callDestroyed, { secret: SIP_SECRET }))).toMatchObject({
      status: 204,
    });

    expect(handled).toMatchObject([{ kind: 'session' }, { kind: 'sip' }]);
    expect(handled.map(({ callback }) => callback.constructor)).toEqual([
      SessionCreatedCallback,
      CallDestroyedCallback,
    ]);
    expect(running.observed.outcomes.accepted.map(({ kind, id }) => ({ kind, id }))).toEqual(
      handled.map(({ kind, id }) => ({ kind, id })),
    );
  });

  it('hands over a SIP event that Vonage signs with the session secret as a SIP callback', async () => {
    await running.post('/video/calls', signed({ ...callDestroyed, timestamp: 1 }));

    expect(handled).toMatchObject([{ kind: 'sip', callback: expect.any(CallDestroyedCallback) }]);
  });

  it('rejects a session event that was signed with the SIP secret', async () => {
    expect(await running.post('/video/calls', signed(sessionCreated, { secret: SIP_SECRET }))).toMatchObject({
      status: 400,
    });
    expect(handled).toEqual([]);
    expect(running.observed.outcomes.unusable.at(-1)).toMatchObject({
      kind: 'sip',
      violations: [
        {
          message:
            'the body looks like a session callback: are two secrets mixed up, or does this URL belong to session?',
        },
      ],
    });
  });

  it('finds the kind by the payload where kinds share the secret', async () => {
    expect(await running.post('/video/files', signed(broadcastStarted))).toMatchObject({ status: 204 });

    expect(handled).toMatchObject([{ kind: 'broadcast', callback: { broadcastUrls: {} } }]);
  });

  it('answers 400 to what may be of either kind, and reports why', async () => {
    const { status, text } = await running.post('/video/files', signed({ id: '1', status: 'started' }));

    expect({ status, text }).toEqual({ status: 400, text: expect.not.stringContaining('archive') });
    expect(handled).toEqual([]);
    expect(running.observed.outcomes.unusable.at(-1)?.violations).toEqual([
      {
        path: '',
        message:
          'archive and broadcast callbacks have the same secret, and neither the event nor a field tells the kind',
      },
    ]);
  });

  it('answers 401 to a forgery, and reports the kind as unknown', async () => {
    expect(await running.post('/video/calls', signed(sessionCreated, { secret: 'forged' }))).toMatchObject({
      status: 401,
    });

    expect(running.observed.outcomes.rejected.at(-1)).toMatchObject({
      kind: 'unknown',
      reason: 'signature_mismatch',
      explanation: 'no session or sip secret of the project made this signature',
    });
  });

  it('answers 503 while secrets are unavailable that may be of the kind of the callback', async () => {
    const secretProvider: SignatureSecretProvider = {
      secretsFor: ({ kind }) => (kind === 'archive' ? SECRET : Promise.reject(new Error('the vault is down'))),
    };
    const outage = await startApplication({ platform, controllers: [CallsController], options: { secretProvider } });
    const composerFailed = callbackFixture('experienceComposer', 'failed');
    const statuses = [];
    for (const payload of [broadcastStarted, composerFailed, callbackFixture('archive', 'available')]) {
      statuses.push((await outage.post('/video/files', signed(payload))).status);
    }
    await outage.close();

    expect(statuses).toEqual([503, 503, 204]);
    expect(handled).toMatchObject([{ kind: 'archive' }]);
    expect(outage.observed.outcomes.unavailable).toMatchObject([
      { kind: 'unknown', dependency: 'secrets', error: { name: 'SecretsUnavailableError' } },
      { kind: 'unknown', dependency: 'secrets' },
    ]);
  });

  it('is logged with its kinds when the application starts', () => {
    expect(running.logs.lines.join('\n')).toContain(
      'Secured CallsController.onCall {/video/calls, POST} for session and sip callbacks;',
    );
  });
});

describe('a secret provider that hangs for invented projects', () => {
  it('does not delay genuine callbacks on a route of several kinds', async () => {
    const secretProvider = {
      secretsFor: ({ projectId, kind }: SecretQuery) => {
        if (projectId === PROJECT) return kind === 'session' ? SECRET : SIP_SECRET;
        return new Promise<undefined>(() => undefined);
      },
    };
    const running = await startApplication({
      controllers: [CallsController],
      options: { secretProvider, secretTtl: 0, secretTimeout: 0.6 },
    });
    await running.post('/video/calls', signed(sessionCreated));
    const forgeries = Array.from({ length: 40 }, (_, index) =>
      running.post('/video/calls', signed('{}', { claims: { api_key: `invented-${index}` } })),
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    const startedAt = performance.now();
    const { status } = await running.post('/video/calls', signed({ ...sessionCreated, timestamp: 2 }));
    const tookMs = performance.now() - startedAt;
    await Promise.all(forgeries);
    await running.close();

    expect(status).toBe(204);
    expect(tookMs).toBeLessThan(400);
  });
});

/** Runs a test in an application that is closed afterwards. */
async function inApplication<Result>(
  options: VideoCallbacksOptions,
  use: (running: RunningApplication) => Promise<Result>,
): Promise<Result> {
  const running = await startApplication({ controllers: [CallsController], options: { projects, ...options } });
  try {
    return await use(running);
  } finally {
    await running.close();
  }
}

describe('the identity of a callback', () => {
  it('is the same for copies of it, signed anew or not, and another for another callback', () =>
    inApplication({ ledger: false }, async ({ post }) => {
      const copy = signed(sessionCreated);
      for (const request of [copy, copy, signed(sessionCreated), signed({ ...sessionCreated, timestamp: 1 })]) {
        await post('/video/calls', request);
      }

      const [first, second, anew, other] = handled.map(({ id }) => id);
      expect([second, anew]).toEqual([first, first]);
      expect(other).not.toBe(first);
      expect(first).toMatch(/^session-[\w-]{43}$/);
    }));

  it('is the one of the ledger and of every outcome, and absent from a rejection for the payload hash', async () => {
    const claimed: string[] = [];
    class Ledger extends MemoryCallbackLedger {
      override claim(id: string, holder: string) {
        claimed.push(id);
        return super.claim(id, holder);
      }
    }
    await inApplication({ ledger: new Ledger() }, async ({ post, observed }) => {
      const request = signed(sessionCreated);
      for (const sent of [request, request, { ...request, body: Buffer.from('{}') }]) await post('/video/calls', sent);

      const { accepted, duplicate, rejected } = observed.outcomes;
      const ids = [...claimed, ...accepted.map(({ id }) => id), ...duplicate.map(({ id }) => id)];
      expect(new Set(ids)).toEqual(new Set([handled[0]?.id]));
      expect(rejected).toMatchObject([{ reason: 'payload_hash_mismatch' }]);
      expect(rejected[0]?.id).toBeUndefined();
    });
  });

  it('is the same for every body that comes with a captured token, where bodies are not verified', () =>
    inApplication({ verifyPayload: false }, async ({ post, observed }) => {
      const { headers } = signed(sessionCreated);
      for (const payload of [sessionCreated, callDestroyed]) {
        await post('/video/calls', { headers, body: Buffer.from(JSON.stringify(payload)) });
      }

      expect(handled).toMatchObject([{ kind: 'session' }]);
      expect(observed.outcomes.duplicate).toMatchObject([{ kind: 'sip', id: handled[0]?.id }]);
    }));

  it('stays the same when an inbox delivers it, also where the body could not be used at first', async () => {
    const inbox = new MemoryInbox();
    await inApplication({ inbox }, async ({ post, observed }) => {
      await post('/video/calls', signed(callDestroyed, { secret: SIP_SECRET }));
      await inbox.deliverLatest();
      await post('/video/files', signed({ id: '1', status: 'started' }));
      await expect(inbox.deliverLatest()).rejects.toMatchObject({ next: 'give-up' });

      const [call, file] = inbox.stored;
      expect(handled).toMatchObject([{ kind: 'sip', id: call?.id, callback: expect.any(CallDestroyedCallback) }]);
      const { stored, redelivered, accepted, unusable } = observed.outcomes;
      expect([stored, redelivered.slice(0, 1), accepted].flat()).toEqual(
        Array.from({ length: 3 }, () => expect.objectContaining({ kind: 'sip', id: call?.id })),
      );
      expect(unusable.map(({ id }) => id)).toEqual([file?.id, file?.id]);
    });
  });

  describe('that was stored by an earlier version or under other options', () => {
    /** Stores a callback, changes it, delivers it, and returns it as it was stored. */
    async function deliver(
      path: string,
      payload: object,
      change: (stored: StoredCallback) => Partial<StoredCallback>,
    ): Promise<StoredCallback> {
      const inbox = new MemoryInbox();
      return await inApplication({ projects: { [PROJECT]: SECRET }, inbox }, async ({ post }) => {
        await post(path, signed(payload));
        const [stored] = inbox.stored;
        if (stored === undefined) throw new Error('nothing was stored');
        await inbox.deliver({ ...stored, ...change(stored) }, { attempt: 1, of: 1 });
        return stored;
      });
    }
    const unusable = ({ body }: StoredCallback, token: VerifiedToken) =>
      unusableIdentity(token, Buffer.from(body, 'base64'));

    /** What is stored of a callback that may be of two kinds: the first kind, and the second as one that it may be. */
    const ambiguous = (stored: StoredCallback, kind: VideoCallbackKind, other: VideoCallbackKind) => {
      const token: VerifiedToken = { ...stored.token, kind, sharedWith: [{ kind: other, secretPosition: 0 }] };
      return { token, id: unusable(stored, token) };
    };

    it('does not change when the callback is delivered', async () => {
      await deliver('/video/calls', callDestroyed, () => ({ id: 'sip-of-an-earlier-version' }));

      expect(handled).toMatchObject([{ id: 'sip-of-an-earlier-version' }]);
    });

    it('is that of a copy if its body could not be used then and can be now', async () => {
      const { id } = await deliver('/video/calls', callDestroyed, (stored) => ({ id: unusable(stored, stored.token) }));

      expect(handled).toMatchObject([{ id }]);
    });

    it.each<[VideoCallbackKind, VideoCallbackKind, path: string, payload: object]>([
      ['session', 'sip', '/video/calls', callDestroyed],
      ['archive', 'broadcast', '/video/files', broadcastStarted],
    ])(
      'is that of a copy if its kind, %s or %s, was not certain then and is now',
      async (kind, other, path, payload) => {
        const { id } = await deliver(path, payload, (stored) => ambiguous(stored, kind, other));

        expect(handled).toMatchObject([{ kind: other, id }]);
      },
    );
  });
});
