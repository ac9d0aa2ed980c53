import { Controller, type ExecutionContext, Post, UseGuards } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { BullCallbackInbox } from '../../lib/bullmq/index.js';
import { ArchiveCallback, BroadcastCallback, isDelivery, VideoCallback } from '../../lib/index.js';
import { PLATFORMS, type RunningApplication, startApplication } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { RedisServer } from '../support/redis-server.js';
import { PROJECT, signed, type SignedRequest } from '../support/signer.js';

const SECRETS = { archive: 'the-secret-of-archive-callbacks!', broadcast: 'the-secret-of-broadcasts-alone!!' };
const ARCHIVES = '/video/archives';
const BROADCASTS = '/video/broadcasts';
const WITH_MOMENT = { ...PAYLOADS.archive, updatedAt: 1_700_000_000_000 };
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

let server: RedisServer;
let running: RunningApplication;
let calls: string[];
/** Requests that the application itself took for deliveries from the inbox. */
let deliveries: number;

class CountingGuard {
  canActivate(context: ExecutionContext): boolean {
    if (isDelivery(context)) deliveries += 1;
    return true;
  }
}

@Controller('video')
@UseGuards(CountingGuard)
class VideoController {
  @Post('archives')
  onArchive(@VideoCallback('archive') archive: ArchiveCallback): void {
    calls.push(`archive ${archive.id}`);
  }

  @Post('broadcasts')
  onBroadcast(@VideoCallback('broadcast') broadcast: BroadcastCallback): void {
    calls.push(`broadcast ${broadcast.id}`);
  }
}

beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.remove());
beforeEach(() => {
  calls = [];
  deliveries = 0;
});
afterEach(() => running.close());

const STORES = {
  ledger: () => ({}),
  inbox: () => ({
    inbox: new BullCallbackInbox({ connection: { port: server.port }, queueName: `attacks-${randomUUID()}` }),
  }),
};
const SETTINGS = PLATFORMS.flatMap((platform) => (['ledger', 'inbox'] as const).map((store) => ({ platform, store })));

const archive = (payload: unknown, claims: Readonly<Record<string, unknown>> = {}): SignedRequest =>
  signed(payload, { secret: SECRETS.archive, claims });
const send = async (request: SignedRequest, path = ARCHIVES): Promise<number> =>
  (await running.post(path, request)).status;

/** Waits until methods have run so often, and then for those that ought not to run. */
async function expectCalls(count: number): Promise<void> {
  for (let tries = 0; tries < 200 && calls.length < count; tries += 1) await wait(25);
  await wait(200);
  expect(calls).toHaveLength(count);
}

/** Other texts that a lax decoder of base64url takes for the same signature. */
function respelled({ headers, body }: SignedRequest): SignedRequest[] {
  const authorization = headers['authorization'] ?? '';
  const last = ALPHABET.indexOf(authorization.at(-1) ?? '');
  // The last character of 32 bytes carries four bits of them; the other two say nothing.
  const spellings = [1, 2, 3].map((bits) => authorization.slice(0, -1) + ALPHABET.charAt(last + bits));
  return [...spellings, `${authorization}=`, `${authorization}.`].map((spelling) => ({
    headers: { ...headers, authorization: spelling },
    body,
  }));
}

describe.each(SETTINGS)('with the $store on $platform', ({ platform, store }) => {
  beforeEach(async () => {
    running = await startApplication({
      platform,
      controllers: [VideoController],
      options: { projects: { [PROJECT]: SECRETS }, ...STORES[store]() },
    });
  });

  it.each([
    ['with a moment', WITH_MOMENT],
    ['without one', PAYLOADS.archive],
  ])('a captured request is replayed in vain, for a body %s', async (_, payload) => {
    const { headers, body } = archive(payload);
    expect(await send({ headers, body })).toBe(204);
    await expectCalls(1);

    for (const more of [{}, { 'x-request-id': randomUUID() }, { 'x-forwarded-for': '192.0.2.7' }]) {
      expect(await send({ headers: { ...headers, ...more }, body })).toBe(204);
    }
    await expectCalls(1);
    expect(running.observed.outcomes.duplicate).toHaveLength(3);
  });

  it('a captured token that is spelled in another way is refused', async () => {
    const request = archive(PAYLOADS.archive);
    expect(await send(request)).toBe(204);

    for (const other of respelled(request)) expect(await send(other)).toBe(401);
    await expectCalls(1);
    expect(running.observed.outcomes.duplicate).toEqual([]);
  });

  it('a body that is signed anew is a duplicate if it carries a moment, and another callback if not', async () => {
    for (let time = 0; time < 2; time += 1) expect(await send(archive(WITH_MOMENT))).toBe(204);
    await expectCalls(1);
    for (let time = 0; time < 2; time += 1) expect(await send(archive(PAYLOADS.archive))).toBe(204);
    await expectCalls(3);
  });

  it('a callback does not pass for one of another kind with the same body and the same token id', async () => {
    const claims = { jti: randomUUID() };
    const { id, status, sessionId } = PAYLOADS.archive;
    // What may be either: a body that is certainly of one kind is refused at the route of the other.
    const body = { id, status, sessionId };
    const broadcast = signed(body, { secret: SECRETS.broadcast, claims });

    expect(await send(archive(body, claims))).toBe(204);
    expect(await send(archive(body, claims), BROADCASTS)).toBe(401);
    expect(await send(broadcast)).toBe(401);
    expect(await send(broadcast, BROADCASTS)).toBe(204);
    await expectCalls(2);
    expect(calls.map((call) => call.split(' ')[0]).sort()).toEqual(['archive', 'broadcast']);
  });

  it('a request that pretends to come from the inbox is verified like any other', async () => {
    const { headers: unsigned, body } = signed(PAYLOADS.archive, { headers: { authorization: undefined } });
    const stored = {
      id: `archive-${'A'.repeat(43)}`,
      token: { kind: 'archive', projectId: PROJECT, claims: { iss: 'Vonage', jti: randomUUID() } },
      body: body.toString('base64'),
      request: { url: ARCHIVES, headers: unsigned, remoteAddress: '127.0.0.1' },
      receivedAt: Date.now(),
    };
    const pretences = [
      {},
      { 'user-agent': 'lightMyRequest', host: 'localhost:80' },
      { 'x-redelivered': 'true', 'x-delivery-attempt': '2', 'x-video-callbacks-delivery': '1' },
      { 'x-stored-callback': JSON.stringify(stored), 'x-bullmq-job-id': stored.id },
    ].map((more) => ({ ...unsigned, ...more }));

    for (const pretence of pretences) {
      expect(await send({ headers: pretence, body })).toBe(401);
      expect(await send({ headers: pretence, body: Buffer.from(JSON.stringify(stored)) })).toBe(401);
    }
    await expectCalls(0);
    expect(deliveries).toBe(0);
  });
});
