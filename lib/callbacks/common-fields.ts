import { BOOLEAN, CODE, Dto, ID, Optional, Required } from './dto.decorators.js';

/**
 * A string of which some values are known. Vonage adds values every year, and a callback must not fail for one, so any
 * string is accepted; editors still complete the known ones.
 */
// Without the intersection TypeScript would reduce the union to plain `string` and forget the known values.
export type OpenValue<Known extends string> = Known | (string & {});

/**
 * An enum, because only an enum is both a string and distinct from every literal: `callback.event === 'streamCreated'`
 * then leaves the unrecognized callback out. It exists for the compiler alone; nothing of it is emitted.
 */
declare enum Unrecognized {
  event = '',
}

/**
 * The name of an event that this version of the library does not know. Usable wherever a `string` is; to compare it
 * with a literal, assign it to a `string` first: `const event: string = callback.event`.
 */
export type UnrecognizedEvent = Unrecognized;

/**
 * Whose callback it is. OpenTok projects and unified Vonage applications use different fields, so any of them may be
 * there, or none: {@link callbackOwner} returns the one that is.
 */
export abstract class OwnedCallback extends Dto {
  /**
   * The project: digits, possibly a UUID in the unified environment. Archive and broadcast callbacks carry it as a
   * number. [Vonage: Session Monitoring; REST callback reference]
   */
  @Optional(CODE)
  projectId?: string;

  /** The Vonage application (UUID), in the unified environment. [Vonage: Video OpenAPI] */
  @Optional(CODE)
  applicationId?: string;

  /** The project under its older name, in archive and broadcast callbacks of OpenTok. [Vonage: Archiving] */
  @Optional(CODE)
  partnerId?: string;
}

/**
 * The owner of a callback: the application, else the project, else the project under its older name (`partnerId`).
 * `undefined` if the callback names none.
 */
export function callbackOwner({ applicationId, projectId, partnerId }: Readonly<OwnedCallback>): string | undefined {
  return [applicationId, projectId, partnerId].find(Boolean);
}

/** Width and height of a composed picture, in pixels. [Vonage: Archiving; Video OpenAPI] */
export type VideoResolution = OpenValue<'640x480' | '480x640' | '1280x720' | '720x1280' | '1920x1080' | '1080x1920'>;

/** Whether streams join an archive or a broadcast automatically or one by one. [Vonage: Archiving] */
export type StreamMode = OpenValue<'auto' | 'manual'>;

/** A stream that was added to an archive or a broadcast manually (`streamMode` `manual`). */
export class ComposedStream extends Dto {
  /** The stream's id. [Vonage: Archiving] */
  @Required(ID)
  streamId!: string;

  /** Whether its audio is included. [Vonage: Archiving] */
  @Optional(BOOLEAN)
  hasAudio?: boolean;

  /** Whether its video is included. [Vonage: Archiving] */
  @Optional(BOOLEAN)
  hasVideo?: boolean;
}
