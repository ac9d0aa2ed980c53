import {
  type SessionCallback,
  SessionCreatedCallback,
  StreamCreatedCallback,
} from '../../../lib/callbacks/session.callback.js';
import { UnrecognizedSessionCallback } from '../../../lib/callbacks/session.callback.js';
import { byEvent } from '../../../lib/callbacks/class-choice.js';
import { RequiresOneOf } from '../../../lib/callbacks/dto.decorators.js';

type TwoEvents = SessionCreatedCallback | StreamCreatedCallback | UnrecognizedSessionCallback;

byEvent<TwoEvents>(
  { sessionCreated: SessionCreatedCallback, streamCreated: StreamCreatedCallback },
  UnrecognizedSessionCallback,
);

// @ts-expect-error -- the other events have no class
byEvent<SessionCallback>({ sessionCreated: SessionCreatedCallback }, UnrecognizedSessionCallback);

byEvent<TwoEvents>(
  // @ts-expect-error -- the class of another event
  { sessionCreated: StreamCreatedCallback, streamCreated: StreamCreatedCallback },
  UnrecognizedSessionCallback,
);

// @ts-expect-error -- the class has no such field
RequiresOneOf<StreamCreatedCallback>('stream', 'streams');
