import {
  type ArchiveCallback,
  type CallCreatedCallback,
  type SessionCallback,
  type SipCallback,
  type StreamCreatedCallback,
} from '../../lib/index.js';
import { callbackFixture, callbackOf } from '../../lib/testing/index.js';

callbackOf('archive', callbackFixture('archive', 'available')) satisfies ArchiveCallback;
callbackOf('session', callbackFixture('session', 'streamCreated')) satisfies StreamCreatedCallback;
callbackOf('sip', callbackFixture('sip', 'callCreated')) satisfies CallCreatedCallback;

// An event that is not known when it is compiled, or to this version, may be any.
const captured: { event: string } = { event: 'streamCreated' };
callbackOf('session', captured) satisfies SessionCallback;
callbackOf('sip', { event: 'callTransferred' } as const) satisfies SipCallback;
// @ts-expect-error -- it may be another event
callbackOf('session', captured) satisfies StreamCreatedCallback;
// @ts-expect-error -- the payload of another kind
callbackFixture('archive', 'streamCreated');
