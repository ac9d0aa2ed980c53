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
} from '../../lib/index.js';
import { callbackFixture } from '../../lib/testing/index.js';
import { PLATFORMS, type RunningApplication, startApplication } from '../support/application.js';
import { MemoryInbox } from '../support/memory-inbox.js';
import { PROJECT, SECRET, sha256, signed } from '../support/signer.js';

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

  it('hands over a SIP event that Vonage sends with the session secret as one', async () => {
    await running.post('/video/calls', signed({ ...callDestroyed, timestamp: 1 }));

    expect(handled).toMatchObject([{ kind: 'sip', callback: expect.any(CallDestroyedCallback) }]);
  });

  it('refuses a session event that was signed with the SIP secret', async () => {
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

  it('goes by the payload where kinds share the secret', async () => {
    expect(await running.post('/video/files', signed(broadcastStarted))).toMatchObject({ status: 204 });

    expect(handled).toMatchObject([{ kind: 'broadcast', callback: { broadcastUrls: {} } }]);
  });

  it('answers 400 to what may be of either kind, and says so to the operator', async () => {
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

  it('answers 401 to a forgery, whose kind nobody knows', async () => {
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

  it('is announced with its kinds when the application starts', () => {
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
      options: { secretProvider, secretTtl: 0, secretTimeout: 1 },
    });
    await running.post('/video/calls', signed(sessionCreated));
    const forgeries = Array.from({ length: 40 }, (_, index) =>
      running.post('/video/calls', signed('{}', { claims: { api_key: `invented-${index}` } })),
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    const startedAt = performance.now();
    const { status } = await running.post('/video/calls', signed({ ...sessionCreated, timestamp: 2 }));
    const tookMs = performance.now() - startedAt;
    await Promise.all(forgeries);
    await running.close();

    expect(status).toBe(204);
    expect(tookMs).toBeLessThan(400);
  });
});

describe('the identity of a callback', () => {
  it('is the same for copies of it, signed anew or not, and another for another callback', async () => {
    const running = await startApplication({
      controllers: [CallsController],
      options: { projects, ledger: false },
    });
    const copy = signed(sessionCreated);
    for (const request of [copy, copy, signed(sessionCreated), signed({ ...sessionCreated, timestamp: 1 })]) {
      await running.post('/video/calls', request);
    }
    await running.close();

    const [first, second, anew, other] = handled.map(({ id }) => id);
    expect([second, anew]).toEqual([first, first]);
    expect(other).not.toBe(first);
    expect(first).toMatch(/^session-[\w-]{43}$/);
  });

  it('is that of the ledger and of every outcome', async () => {
    const claimed: string[] = [];
    class Ledger extends MemoryCallbackLedger {
      override claim(id: string, holder: string) {
        claimed.push(id);
        return super.claim(id, holder);
      }
    }
    const running = await startApplication({
      controllers: [CallsController],
      options: { projects, ledger: new Ledger() },
    });
    const request = signed(sessionCreated);
    for (let copies = 0; copies < 2; copies += 1) await running.post('/video/calls', request);
    await running.close();

    const { accepted, duplicate } = running.observed.outcomes;
    const [{ id } = { id: 'none' }] = handled;
    expect(new Set([...claimed, ...accepted.map((outcome) => outcome.id), ...duplicate.map((it) => it.id)])).toEqual(
      new Set([id]),
    );
  });

  it('stays the same when an inbox delivers it, also where the body could not be used at first', async () => {
    const inbox = new MemoryInbox();
    const running = await startApplication({ controllers: [CallsController], options: { projects, inbox } });
    await running.post('/video/calls', signed(callDestroyed, { secret: SIP_SECRET }));
    await inbox.deliverLatest();
    await running.post('/video/files', signed({ id: '1', status: 'started' }));
    await expect(inbox.deliverLatest()).rejects.toMatchObject({ next: 'give-up' });
    await running.close();

    const [call, file] = inbox.stored;
    expect(handled).toMatchObject([{ kind: 'sip', id: call?.id, callback: expect.any(CallDestroyedCallback) }]);
    const { stored, redelivered, accepted, unusable } = running.observed.outcomes;
    expect([stored, redelivered.slice(0, 1), accepted].flat()).toEqual(
      Array.from({ length: 3 }, () => expect.objectContaining({ kind: 'sip', id: call?.id })),
    );
    expect(unusable.map(({ id }) => id)).toEqual([file?.id, file?.id]);
  });

  describe('that an inbox has stored', () => {
    /** What is stored of a SIP event, delivered as it was stored by an earlier version or under other options. */
    async function deliver(change: (stored: StoredCallback) => Partial<StoredCallback>): Promise<StoredCallback> {
      const inbox = new MemoryInbox();
      const options = { projects: { [PROJECT]: SECRET }, inbox };
      const running = await startApplication({ controllers: [CallsController], options });
      await running.post('/video/calls', signed(callDestroyed));
      const [stored] = inbox.stored;
      if (stored === undefined) throw new Error('nothing was stored');
      await inbox.deliver({ ...stored, ...change(stored) }, { attempt: 1, of: 1 });
      await running.close();
      return stored;
    }
    const unusable = ({ body }: StoredCallback, token: VerifiedToken) =>
      unusableIdentity(token, Buffer.from(body, 'base64'));

    it('is kept, however it was made', async () => {
      await deliver(() => ({ id: 'sip-of-an-earlier-version' }));

      expect(handled).toMatchObject([{ id: 'sip-of-an-earlier-version' }]);
    });

    it('is that of a copy where its body could not be used then and can be now', async () => {
      const { id } = await deliver((stored) => ({ id: unusable(stored, stored.token) }));

      expect(handled).toMatchObject([{ id }]);
    });

    it('is that of a copy where nobody could tell its kind then and it is clear now', async () => {
      const { id } = await deliver((stored) => {
        const sharedWith = [{ kind: 'sip', secretPosition: 0 }] as const;
        const token: VerifiedToken = { ...stored.token, kind: 'session', sharedWith };
        return { token, id: unusable(stored, token) };
      });

      expect(handled).toMatchObject([{ kind: 'sip', id }]);
    });
  });

  it('is absent from a refusal for the hash of the payload', async () => {
    const running = await startApplication({ controllers: [CallsController], options: { projects } });
    const tampered = signed(sessionCreated);
    await running.post('/video/calls', { ...tampered, body: Buffer.from('{}') });
    await running.close();

    expect(sha256(tampered.body)).not.toBe(sha256('{}'));
    expect(running.observed.outcomes.rejected).toMatchObject([{ reason: 'payload_hash_mismatch' }]);
    expect(running.observed.outcomes.rejected[0]?.id).toBeUndefined();
  });

  it('is the same for every body that comes with a captured token, where bodies are not verified', async () => {
    const running = await startApplication({
      controllers: [CallsController],
      options: { projects, verifyPayload: false },
    });
    const { headers } = signed(sessionCreated);
    for (const payload of [sessionCreated, callDestroyed]) {
      await running.post('/video/calls', { headers, body: Buffer.from(JSON.stringify(payload)) });
    }
    await running.close();

    expect(handled).toMatchObject([{ kind: 'session' }]);
    expect(running.observed.outcomes.duplicate).toMatchObject([{ kind: 'sip', id: handled[0]?.id }]);
  });

  it('is that of a copy where the stored callback was ambiguous and is not any more', async () => {
    const inbox = new MemoryInbox();
    const running = await startApplication({ controllers: [CallsController], options: { projects, inbox } });
    await running.post('/video/files', signed(broadcastStarted));
    const copy = inbox.stored.at(-1);
    if (copy === undefined) throw new Error('nothing is stored');
    const token = { ...copy.token, kind: 'archive', sharedWith: [{ kind: 'broadcast', secretPosition: 0 }] } as const;
    const id = unusableIdentity(token, Buffer.from(copy.body, 'base64'));

    await inbox.deliver({ ...copy, token, id }, { attempt: 1, of: 1 });
    await running.close();

    expect(handled).toMatchObject([{ kind: 'broadcast', id: copy.id }]);
  });
});
