import { byEvent } from '../../../lib/callbacks/catalogue.js';
import { Dto, OneOf, TEXT } from '../../../lib/callbacks/dto.decorators.js';
import {
  type SessionCallback,
  SessionCreatedCallback,
  StreamCreatedCallback,
  UnrecognizedSessionCallback,
} from '../../../lib/callbacks/session.callback.js';

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

export class Alternatives extends Dto {
  @OneOf<Alternatives>(['one', 'other'], TEXT)
  one?: string;

  // @ts-expect-error -- the class has no such field
  @OneOf<Alternatives>(['one', 'others'], TEXT)
  other?: string;

  // @ts-expect-error -- another class
  @OneOf<StreamCreatedCallback>(['stream', 'sessionId'], TEXT)
  third?: string;
}
