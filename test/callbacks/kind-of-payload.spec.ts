import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { VIDEO_CALLBACK_KINDS, type VideoCallbackKind } from '../../lib/callbacks/callback-kind.js';
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

const CASES = VIDEO_CALLBACK_KINDS.flatMap((route) => FIXTURES.map((fixture) => ({ route, ...fixture })));
const ELSEWHERE = CASES.filter(({ route, kind }) => route !== kind);

const message = (kind: VideoCallbackKind): string =>
  `the body looks like ${kind === 'archive' || kind === 'experienceComposer' ? 'an' : 'a'} ${kind} callback: are two ` +
  `secrets mixed up, or does this URL belong to ${kind}?`;

describe('kindOfPayload', () => {
  it.each(FIXTURES)('knows $name ($environment)', ({ kind, payload }) => {
    expect(kindOfPayload(payload)?.kind).toBe(kind);
  });

  it.each(FIXTURES.filter(({ payload }) => 'event' in payload && 'status' in payload))(
    'knows $name ($environment) without an event',
    ({ kind, payload }) => {
      expect(kindOfPayload(without(payload, 'event'))?.kind).toBe(kind);
    },
  );

  it.each([
    ['an empty object', {}],
    ['an event of an unknown name', { event: 'whiteboardCreated' }],
    ['an event that is a name of Object.prototype', { event: 'constructor' }],
    ['ids without a status', { id: '1', sessionId: '2' }],
  ])('knows nothing of %s', (_, payload) => {
    expect(kindOfPayload(payload)).toBeUndefined();
  });
});

describe('readCallback', () => {
  it.each(ELSEWHERE.filter(({ route, name }) => !HANDED_OVER[route]?.includes(name)))(
    'refuses $name ($environment) at a route of the kind $route, and names the kind',
    ({ route, kind, payload }) => {
      expect(violationsOf(route, payload)).toContainEqual({ path: '', message: message(kind) });
    },
  );

  it.each(ELSEWHERE.filter(({ route, name }) => HANDED_OVER[route]?.includes(name)))(
    'accepts $name ($environment) at a route of the kind $route',
    ({ route, payload }) => {
      expect(usable(route, payload).setAside).toEqual([]);
    },
  );

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
      { numRuns: 2000 },
    );
  });
});
