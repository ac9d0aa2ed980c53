import { Optional, Required } from './dto.decorators.js';
import { type OpenValue } from './open-value.js';
import { IsBoolean, IsText } from './value.decorators.js';

/** Whether streams join an archive or a broadcast by themselves or one by one. [Vonage: Archiving] */
export type StreamMode = OpenValue<'auto' | 'manual'>;

/** A stream that was put into an archive or a broadcast by hand (`streamMode` `manual`). */
export class ComposedStream {
  /** The stream's id. [Vonage: Archiving] */
  @Required(IsText())
  streamId!: string;

  /** Whether its audio is included. [Vonage: Archiving] */
  @Optional(IsBoolean())
  hasAudio?: boolean | null;

  /** Whether its video is included. [Vonage: Archiving] */
  @Optional(IsBoolean())
  hasVideo?: boolean | null;
}
