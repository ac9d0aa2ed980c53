import { Nested, Optional, Required } from './dto.decorators.js';
import { type OpenValue } from './open-value.js';
import { IsNumberOrString, IsString, IsText } from './value.decorators.js';

/** What a stream shows. [Vonage: Session Monitoring] */
export type VideoType = OpenValue<'camera' | 'screen' | 'custom'>;

/** A client's connection to a session. */
export class SessionConnection {
  /** The connection's id. [Vonage: Session Monitoring] */
  @Required(IsText())
  id!: string;

  /** When the client connected, in ms since the epoch. [Vonage: Session Monitoring] */
  @Optional(IsNumberOrString())
  createdAt?: number | string | null;

  /**
   * The connection data of the client's token, `""` if it has none. The application wrote it: JSON only if the
   * application made it so, and as personal as the application made it. [Vonage: Session Monitoring]
   */
  @Optional(IsString())
  data?: string | null;
}

/** A stream that a client publishes. */
export class SessionStream {
  /** The stream's id. [Vonage: Session Monitoring] */
  @Required(IsText())
  id!: string;

  /** The connection of the client that publishes it. [Vonage: Session Monitoring] */
  @Optional(Nested(() => SessionConnection))
  connection?: SessionConnection | null;

  /** When the stream was created, in ms since the epoch. [Vonage: Session Monitoring] */
  @Optional(IsNumberOrString())
  createdAt?: number | string | null;

  /** The name that the publisher gave it, `""` if none. [Vonage: Session Monitoring] */
  @Optional(IsString())
  name?: string | null;

  /** What the video shows; absent for streams without video. [Vonage: Session Monitoring] */
  @Optional(IsString())
  videoType?: VideoType | null;
}
