import { type OpenValue } from './open-value.js';

/** Width and height of a composed picture, in pixels. [Vonage: Archiving; Video OpenAPI] */
export type VideoResolution = OpenValue<'640x480' | '480x640' | '1280x720' | '720x1280' | '1920x1080' | '1080x1920'>;
