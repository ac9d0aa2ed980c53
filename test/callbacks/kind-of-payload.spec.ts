import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { VIDEO_CALLBACK_KINDS, type VideoCallbackKind } from '../../lib/callbacks/callback-kind.js';
import { kindOfCallback } from '../../lib/callbacks/catalogue.js';
import { kindOfPayload } from '../../lib/callbacks/kind-of-payload.js';
import { UnrecognizedSessionCallback } from '../../lib/callbacks/session.callback.js';
import { callbackFixtures } from '../../lib/testing/index.js';
import { type Payload } from './payloads.js';
import { callbackOf, usable, violationsOf, without } from './reading.js';

const FIXTURES = callbackFixtures().map((fixture) => ({ ...fixture, name: `${fixture.kind}/${fixture.event}` }));

/** Bodies that are accepted at a route of another kind. */
const HANDED_OVER: Readonly<Partial<Record<VideoCallbackKind, readonly string[]>>> = {
  // Announced by the vendor, at least for callDestroyed.
  session: FIXTURES.filter(({ kind }) => kind === 'sip').map(({ name }) => name),
  // Nothing but id, sessionId and status, so that it may be either.
  archive: ['experienceComposer/failed'],
  broadcast: ['experienceComposer/failed'],
};

const message = (kind: VideoCallbackKind): string =>
  `the body looks like ${kind === 'archive' || kind === 'experienceComposer' ? 'an' : 'a'} ${kind} callback: are two ` +
  `secrets mixed up, or does this URL belong to ${kind}?`;

describe('kindOfPayload', () => {
  it.each(FIXTURES)('finds the kind of $name ($environment)', ({ kind, payload }) => {
    expect(kindOfPayload(payload)?.kind).toBe(kind);
  });

  it.each(FIXTURES.filter(({ payload }) => 'event' in payload && 'status' in payload))(
    'finds the kind of $name ($environment) without an event',
    ({ kind, payload }) => {
      expect(kindOfPayload(without(payload, 'event'))?.kind).toBe(kind);
    },
  );

  it.each([
    ['an empty object', {}],
    ['an event of an unknown name', { event: 'whiteboardCreated' }],
    ['an event that is a name of Object.prototype', { event: 'constructor' }],
    ['ids without a status', { id: '1', sessionId: '2' }],
  ])('finds no kind of %s', (_, payload) => {
    expect(kindOfPayload(payload)).toBeUndefined();
  });
});

describe('readCallback', () => {
  it.each(VIDEO_CALLBACK_KINDS)('refuses other kinds at a route of the kind %s, and names them', (route) => {
    for (const { name, kind, payload } of FIXTURES.filter((fixture) => fixture.kind !== route)) {
      if (HANDED_OVER[route]?.includes(name)) expect([name, usable(route, payload).setAside]).toEqual([name, []]);
      else expect(violationsOf(route, payload)).toContainEqual({ path: '', message: message(kind) });
    }
  });

  it('hands events of SIP calls at a session route over as unrecognized', () => {
    const [call] = FIXTURES.filter(({ event }) => event === 'callDestroyed');

    expect(callbackOf('session', call?.payload ?? {})).toBeInstanceOf(UnrecognizedSessionCallback);
  });

  it.each([
    ['an archive', 'broadcast', 'archive'],
    ['a broadcast', 'archive', 'broadcast'],
  ] as const)('refuses %s without an event at a route of the kind %s', (_, route, kind) => {
    const [fixture] = FIXTURES.filter((one) => one.kind === kind);

    expect(violationsOf(route, without(fixture?.payload ?? {}, 'event'))).toEqual([
      { path: '', message: message(kind) },
    ]);
  });

  it('names no other kind for a body that cannot be used as one either', () => {
    expect(violationsOf('archive', { id: '1', status: 'started' }).map(({ path }) => path)).toEqual(['sessionId']);
  });

  it('refuses no callback of the right kind for a field, a status or an event that is new', () => {
    const ownEvents = new Set(FIXTURES.map(({ payload }) => payload['event']));
    const names = [...new Set(FIXTURES.flatMap(({ payload }) => Object.keys(payload)))];
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.object({ maxDepth: 1 }));
    const unknownFields = fc.dictionary(fc.string({ minLength: 1 }), value, { maxKeys: 5 });
    const oneKnownField = fc.tuple(fc.constantFrom(...names), value).map(([name, given]) => ({ [name]: given }));
    const text = fc.string({ minLength: 1 }).filter((event) => !ownEvents.has(event));

    fc.assert(
      fc.property(
        fc.constantFrom(...FIXTURES),
        unknownFields,
        oneKnownField,
        fc.record({ status: text, event: text }, { requiredKeys: [] }),
        ({ kind, payload }, unknown, known, { status, event }) => {
          const changed: Payload = {
            ...unknown,
            ...known,
            ...payload,
            ...('status' in payload && status !== undefined ? { status } : {}),
            ...('event' in payload && event !== undefined ? { event } : {}),
          };
          expect(violationsOf(kind, changed)).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('kindOfCallback', () => {
  it.each(VIDEO_CALLBACK_KINDS)('returns %s if no other kind has the secret', (kind) => {
    expect(kindOfCallback([kind], VIDEO_CALLBACK_KINDS, { event: 'whiteboardCreated' })).toBe(kind);
    expect(kindOfCallback([kind], VIDEO_CALLBACK_KINDS, {})).toBe(kind);
  });

  it.each(FIXTURES)(
    'returns the kind of $name ($environment) where others have the same secret',
    ({ kind, payload }) => {
      const pairs = VIDEO_CALLBACK_KINDS.filter((other) => other !== kind).flatMap((other) => [
        [kind, other],
        [other, kind],
      ]);
      for (const kinds of [...pairs, VIDEO_CALLBACK_KINDS]) expect(kindOfCallback(kinds, kinds, payload)).toBe(kind);
    },
  );

  it.each(FIXTURES.filter(({ payload }) => 'event' in payload && 'status' in payload))(
    'returns the kind of $name ($environment) without its event where all kinds have the same secret',
    ({ kind, payload }) => {
      expect(kindOfCallback(VIDEO_CALLBACK_KINDS, VIDEO_CALLBACK_KINDS, without(payload, 'event'))).toBe(kind);
    },
  );

  it.each<[signed: readonly VideoCallbackKind[], payload: Readonly<Record<string, unknown>>, kind: string | undefined]>(
    [
      // An event that this version does not know.
      [['session', 'sip'], { event: 'callHeld', call: { id: '1' } }, 'sip'],
      [['session', 'sip'], { event: 'streamMuted', stream: { id: '1' } }, 'session'],
      [['sip', 'session'], { event: 'sessionPaused' }, 'session'],
      [['session', 'sip'], { event: 'callHeld', reason_code: 486 }, 'sip'],
      [['session', 'sip'], { event: 'callHeld', reason_message: 'Busy' }, 'sip'],
      [['session', 'sip'], { event: 'transferred', stream: {}, call: {} }, undefined],
      [['session', 'sip'], { event: 'transferred', connection: {}, call: {} }, undefined],
      [['session', 'sip'], { event: 'transferred', connection: null, call: {} }, 'sip'],
      [['archive', 'sip'], { event: 'transferred' }, undefined],
      [['session', 'sip'], {}, undefined],
      // Neither an event nor a field that only one kind has.
      [['archive', 'broadcast'], { id: '1', status: 'started' }, undefined],
      [['archive', 'captions'], { id: '1', status: 'started', size: 1, captionId: '1' }, undefined],
      [['archive', 'experienceComposer'], { id: '1', status: 'failed' }, 'experienceComposer'],
      // What is no text is no status, and without an event it is no session event either.
      [['session', 'experienceComposer'], { id: '1', status: 5 }, undefined],
      [['session', 'experienceComposer'], { event: 'transferred', status: 5 }, 'session'],
      // An event of a kind that has another secret: readCallback refuses it as any of them.
      [['archive', 'broadcast'], { event: 'callCreated' }, 'archive'],
    ],
  )('looks for a field that only one kind has: %j, %j', (kinds, payload, kind) => {
    expect(kindOfCallback(kinds, VIDEO_CALLBACK_KINDS, payload)).toBe(kind);
  });

  it.each<[accepted: readonly VideoCallbackKind[], signed: readonly VideoCallbackKind[], kind: string]>([
    [['session', 'sip'], ['session'], 'sip'],
    [['session', 'archive'], ['session'], 'session'],
    [['session', 'archive'], ['archive', 'session'], 'session'],
    [['session', 'archive', 'sip'], ['archive', 'session'], 'sip'],
    [['session', 'sip'], ['sip'], 'sip'],
    [['archive', 'sip'], ['archive'], 'archive'],
  ])('of a SIP event at a method that takes %j, signed with the secret of %j, returns %s', (accepted, signed, kind) => {
    expect(kindOfCallback(signed, accepted, { event: 'callDestroyed' })).toBe(kind);
  });
});
