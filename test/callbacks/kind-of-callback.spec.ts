import { describe, expect, it } from '@jest/globals';
import { VIDEO_CALLBACK_KINDS, type VideoCallbackKind } from '../../lib/callbacks/callback-kind.js';
import { kindOfCallback } from '../../lib/callbacks/catalogue.js';
import { callbackFixtures } from '../../lib/testing/index.js';
import { without } from './reading.js';

const FIXTURES = callbackFixtures().map((fixture) => ({ ...fixture, name: `${fixture.kind}/${fixture.event}` }));

/** Each fixture with every list of two kinds, in either order, of which one is its own. */
const SHARED = FIXTURES.flatMap((fixture) =>
  VIDEO_CALLBACK_KINDS.filter((other) => other !== fixture.kind).flatMap((other) =>
    [
      [fixture.kind, other],
      [other, fixture.kind],
    ].map((kinds) => ({ ...fixture, kinds })),
  ),
);

describe('the kind of a callback', () => {
  it.each(VIDEO_CALLBACK_KINDS)('is %s if no other has the secret', (kind) => {
    expect(kindOfCallback([kind], VIDEO_CALLBACK_KINDS, { event: 'whiteboardCreated' })).toBe(kind);
    expect(kindOfCallback([kind], VIDEO_CALLBACK_KINDS, {})).toBe(kind);
  });

  it.each(SHARED)('is that of $name ($environment) where $kinds share the secret', ({ kinds, kind, payload }) => {
    expect(kindOfCallback(kinds, kinds, payload)).toBe(kind);
  });

  it.each(FIXTURES)('is that of $name ($environment) where all kinds share the secret', ({ kind, payload }) => {
    expect(kindOfCallback(VIDEO_CALLBACK_KINDS, VIDEO_CALLBACK_KINDS, payload)).toBe(kind);
  });

  it.each(FIXTURES.filter(({ payload }) => 'event' in payload && 'status' in payload))(
    'is that of $name ($environment) without its event, where all kinds share the secret',
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
  )('follows from a field that only one kind has: %j, %j', (kinds, payload, kind) => {
    expect(kindOfCallback(kinds, VIDEO_CALLBACK_KINDS, payload)).toBe(kind);
  });

  it.each<[accepted: readonly VideoCallbackKind[], signed: readonly VideoCallbackKind[], kind: string]>([
    [['session', 'sip'], ['session'], 'sip'],
    [['session', 'archive'], ['session'], 'session'],
    [['session', 'archive'], ['archive', 'session'], 'session'],
    [['session', 'archive', 'sip'], ['archive', 'session'], 'sip'],
    [['session', 'sip'], ['sip'], 'sip'],
    [['archive', 'sip'], ['archive'], 'archive'],
  ])('of a SIP event at a method that takes %j, signed with the secret of %j, is %s', (accepted, signed, kind) => {
    expect(kindOfCallback(signed, accepted, { event: 'callDestroyed' })).toBe(kind);
  });
});
