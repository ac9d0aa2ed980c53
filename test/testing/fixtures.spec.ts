import { Controller, Post } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  ArchiveCallback,
  StreamCreatedCallback,
  VIDEO_CALLBACK_KINDS,
  VideoCallback,
  VideoCallbacksModule,
} from '../../lib/index.js';
import {
  callbackFixture,
  callbackFixtures,
  callbackOf,
  fixtureEvents,
  postCallback,
  sessionScenario,
  type SessionScenarioOptions,
  signCallback,
} from '../../lib/testing/index.js';
import { convertedFields } from '../callbacks/reading.js';
import { PLATFORMS, PROJECTS } from '../support/application.js';
import { hmac } from '../support/hmac.js';
import { takeHandled } from '../support/kinds.controller.js';
import { PROJECT, SECRET, sha256 } from '../support/signer.js';
import { useApplication } from '../support/use-application.js';

describe.each(PLATFORMS)('a fixture of every documented event on %s', (platform) => {
  const running = useApplication({ platform });

  it.each(callbackFixtures())(
    'signed and posted, $kind $event ($environment) is the DTO that its method gets, and that callbackOf makes',
    async ({ kind, payload }) => {
      const { headers, body } = signCallback({ kind, body: payload, apiKey: PROJECT, secret: SECRET });

      expect(await running().post(`/callbacks/${kind}`, { headers, body })).toMatchObject({ status: 204 });
      const [call] = takeHandled();
      expect(JSON.parse(JSON.stringify(call?.callback))).toEqual(convertedFields(payload));
      expect(callbackOf(kind, payload)).toStrictEqual(call?.callback);
      expect(running().observed.outcomes.accepted.at(-1)).toMatchObject({ kind, setAside: [] });
    },
  );
});

describe('callbackFixture', () => {
  it('leaves a field out of the signed JSON whose override is undefined', () => {
    const body = callbackFixture('archive', 'available', { name: undefined });
    const signed = signCallback({ kind: 'archive', body, apiKey: undefined, applicationId: PROJECT, secret: SECRET });

    expect(JSON.parse(signed.body.toString())).not.toHaveProperty('name');
  });
});

describe('a signed callback', () => {
  const running = useApplication({});

  it('is verified by an implementation that shares nothing with ours', () => {
    const { headers, body, method } = signCallback({
      body: callbackFixture('session', 'streamCreated'),
      apiKey: '12345678',
      applicationId: 'b3c7d1a0-0000-4000-8000-000000000000',
      secret: 'ключ',
      issuedAt: new Date(1_700_000_000_999),
      jti: 'id',
    });
    const [header = '', claims = '', signature] = headers['authorization']?.replace('Bearer ', '').split('.') ?? [];

    expect(method).toBe('POST');
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': 'Vonage/Callback/v1.0' });
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({
      iat: 1_700_000_000,
      jti: 'id',
      iss: 'Vonage',
      payload_hash: sha256(body),
      api_key: '12345678',
      application_id: 'b3c7d1a0-0000-4000-8000-000000000000',
    });
    expect(signature).toBe(hmac(`${header}.${claims}`, 'ключ'));
  });

  it('keeps the bytes of strings and of buffers as they are', () => {
    const text = '{ "a":1.0,\n"ü":"\\/" }';
    const sign = (body: string | Uint8Array) => signCallback({ body, apiKey: '1', secret: 's' });

    expect(sign(text).body.toString()).toBe(text);
    expect(sign(new Uint8Array([0xff, 0, 1])).body).toEqual(Buffer.from([0xff, 0, 1]));
  });

  it.each([
    ['expired', { issuedAt: 1_000 }, 'token_too_old'],
    ['without a payload hash', { claims: { payload_hash: undefined } }, 'payload_hash_missing'],
    ['of another algorithm', { header: { alg: 'HS384' } }, 'algorithm_not_allowed'],
    ['of no algorithm', { header: { alg: 'none' } }, 'token_malformed'],
    ['with another secret', { secret: 'another' }, 'signature_mismatch'],
  ])('that is %s on purpose is refused', async (_, deviation, reason) => {
    const callback = signCallback({
      body: callbackFixture('archive', 'started'),
      apiKey: PROJECT,
      secret: SECRET,
      ...deviation,
    });

    expect(await running().post('/callbacks/archive', callback)).toMatchObject({ status: 401 });
    expect(running().observed.lastReason).toBe(reason);
  });

  it('needs a secret and a project', () => {
    expect(() => signCallback({ body: {}, apiKey: '1', secret: '' })).toThrow('secret is empty');
    expect(() => signCallback({ body: {}, secret: 's' })).toThrow('Neither apiKey nor applicationId');
  });
});

describe('callbackFixture', () => {
  it('makes new ids and times at each call', () => {
    const [one, other] = [callbackFixture('archive', 'available'), callbackFixture('archive', 'available')];
    expect(one.id).not.toBe(other.id);
    expect(one.sessionId).not.toBe(other.sessionId);
    expect(Math.abs(Number(one.updatedAt) - Date.now())).toBeLessThan(5000);
  });

  it('makes the same payload for the same seed and moment', () => {
    const make = (seed: string) => callbackFixture('session', 'streamCreated', {}, { seed, now: 1_700_000_000_000 });
    expect(make('a')).toEqual(make('a'));
    expect(make('a')).not.toEqual(make('b'));
  });

  it('takes overrides, known to the library or not', () => {
    expect(callbackFixture('archive', 'available', { name: 'Mine', newField: 1 })).toMatchObject({
      status: 'available',
      name: 'Mine',
      newField: 1,
    });
  });

  it('names its owner as each environment does', () => {
    const owner = { projectId: '87654321', applicationId: 'an-application' };
    expect(callbackFixture('broadcast', 'started', {}, owner)).toMatchObject({ projectId: 87654321 });
    const unified = callbackFixture('broadcast', 'started', {}, { ...owner, environment: 'unified' });
    expect(unified).toMatchObject({ applicationId: 'an-application' });
    expect(unified).not.toHaveProperty('projectId');
  });

  it('refuses what is not known and says what is', () => {
    expect(() => callbackFixture('archive', 'constructor' as 'started')).toThrow(
      'There is no event of the kind archive "constructor": known are started, paused,',
    );
    expect(() => callbackFixture('movie' as 'archive', 'started')).toThrow(
      'There is no kind "movie": known are session',
    );
  });

  it('knows every documented event', () => {
    expect(fixtureEvents('session')).toHaveLength(7);
    expect(fixtureEvents('sip')).toEqual(['callCreated', 'callUpdated', 'callDestroyed', 'muteForced']);
    expect(fixtureEvents('archive')).toEqual(expect.arrayContaining(['started', 'expired', 'failed', 'uploaded']));
  });
});

describe('callbackOf', () => {
  it('makes the class of the event that the payload names, and leaves the payload alone', () => {
    const payload = callbackFixture('session', 'streamCreated', { connection: undefined });
    const before = structuredClone(payload);
    const callback: StreamCreatedCallback = callbackOf('session', payload);

    expect(callback).toBeInstanceOf(StreamCreatedCallback);
    expect(callback).not.toHaveProperty('connection');
    callback.stream.id = 'changed';
    expect(payload).toEqual(before);
  });

  it('says why a payload reaches no handler of the kind', () => {
    expect(() => callbackOf('archive', { status: 'available' })).toThrow(
      'The payload is not a callback of the kind archive: id: id should not be null or undefined; sessionId:',
    );
    expect(() => callbackOf('archive', callbackFixture('session', 'streamCreated'))).toThrow(
      'the body looks like a session callback',
    );
    expect(() => callbackOf('archive', [])).toThrow('The payload is not a callback of the kind archive');
  });
});

describe.each(PLATFORMS)('postCallback on %s', (platform) => {
  it('posts to an application of a testing module that does not listen yet', async () => {
    const archives: ArchiveCallback[] = [];

    @Controller('video')
    class VideoController {
      @Post('archives')
      onArchive(@VideoCallback('archive') archive: ArchiveCallback): void {
        archives.push(archive);
      }
    }

    const module = await Test.createTestingModule({
      imports: [VideoCallbacksModule.forRoot({ projects: PROJECTS })],
      controllers: [VideoController],
    }).compile();
    const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
    const app = module.createNestApplication(adapter, { logger: false });
    try {
      const body = callbackFixture('archive', 'available');
      const genuine = signCallback({ kind: 'archive', body, apiKey: PROJECT, secret: SECRET });
      const forged = signCallback({ kind: 'archive', body, apiKey: PROJECT, secret: 'guessed' });

      expect((await postCallback(app, '/video/archives', genuine)).status).toBe(204);
      expect((await postCallback(app, '/video/archives', forged)).status).toBe(401);
      expect(archives).toMatchObject([{ id: body.id }]);
    } finally {
      await app.close();
    }
  });
});

const EVERYTHING: SessionScenarioOptions = {
  kinds: VIDEO_CALLBACK_KINDS,
  participants: ['Ada', 'Grace', 'Mary'],
  sharesScreen: true,
  serverRotation: true,
};

const eventsOf = (options: SessionScenarioOptions): readonly string[] =>
  sessionScenario(options).map(({ kind, event }) => `${kind}/${event}`);

describe.each(PLATFORMS)('a scenario of everything on %s', (platform) => {
  const application = useApplication({ platform });

  it.each(['openTok', 'unified'] as const)(
    'is handled without a field that cannot be read: %s',
    async (environment) => {
      const steps = sessionScenario({ ...EVERYTHING, environment });
      for (const { kind, payload } of steps) {
        const { headers, body } = signCallback({ kind, body: payload, apiKey: PROJECT, secret: SECRET });
        expect(await application().post(`/callbacks/${kind}`, { headers, body })).toMatchObject({ status: 204 });
        expect(application().observed.outcomes.accepted.at(-1)).toMatchObject({ kind, setAside: [] });
      }
      expect(takeHandled().map(({ kind }) => kind)).toEqual(steps.map(({ kind }) => kind));
    },
  );
});

describe('a session scenario', () => {
  it('ends now, so that no payload is from the future', () => {
    const before = Date.now();
    const last = sessionScenario().at(-1);
    expect(last).toMatchObject({ after: 170_000, event: 'sessionDestroyed', what: 'the session ends' });
    expect(Number(last?.payload['timestamp'])).toBeGreaterThanOrEqual(before);
    expect(Number(last?.payload['timestamp'])).toBeLessThanOrEqual(Date.now());
  });

  it('begins when it is asked to', () => {
    const begin = 1_700_000_000_000;
    for (const { after, kind, payload } of sessionScenario({ begin, kinds: ['session', 'archive', 'sip'] })) {
      expect(payload[kind === 'archive' ? 'updatedAt' : 'timestamp']).toBe(begin + after);
    }
  });

  it('is the same for the same seed and moment, and another without', () => {
    const fixed = { ...EVERYTHING, begin: 1_700_000_000_000, seed: 'lesson' };
    expect(sessionScenario(fixed)).toEqual(sessionScenario(fixed));
    expect(sessionScenario()[0]?.payload['sessionId']).not.toBe(sessionScenario()[0]?.payload['sessionId']);
  });

  it('has the kinds that are asked for, without an Experience Composer by default', () => {
    expect(new Set(sessionScenario({ kinds: ['captions', 'sip'] }).map(({ kind }) => kind))).toEqual(
      new Set(['captions', 'sip']),
    );
    expect(eventsOf({})).not.toContain('experienceComposer/started');
    expect(eventsOf({ kinds: ['experienceComposer'] })).toEqual([
      'experienceComposer/started',
      'experienceComposer/stopped',
    ]);
  });

  it('lets the archive fail instead of becoming available', () => {
    const kinds = ['archive'] as const;
    expect(eventsOf({ kinds }).slice(-2)).toEqual(['archive/stopped', 'archive/available']);
    expect(eventsOf({ kinds, archiveFails: true }).at(-1)).toBe('archive/failed');
  });

  it('sets fields in every payload of a kind', () => {
    const steps = sessionScenario({ fields: { archive: { name: 'Lesson 8', tag: 1 } } });
    for (const { kind, payload } of steps) {
      expect([payload['name'], payload['tag']]).toEqual(kind === 'archive' ? ['Lesson 8', 1] : [undefined, undefined]);
    }
  });

  describe('with ten participants', () => {
    const names = Array.from({ length: 10 }, (_, index) => `P${index}`);
    let whats: readonly string[];
    beforeAll(() => {
      whats = sessionScenario({ participants: names, sharesScreen: true }).map(({ what }) => what);
    });

    it.each(names)('lets %s join, publish and leave in this order', (name) => {
      const order = ['joins', 'publishes', 'stops publishing', 'leaves'].map((does) =>
        whats.indexOf(`${name} ${does}`),
      );
      expect(order).not.toContain(-1);
      expect([...order].sort((one, other) => one - other)).toEqual(order);
    });

    it('refuses an eleventh', () => {
      expect(() => sessionScenario({ participants: [...names, 'P10'] })).toThrow(
        new RangeError('There are 11 participants: at most 10 fit in a scenario.'),
      );
    });
  });
});
