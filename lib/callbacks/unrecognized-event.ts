/**
 * An enum, because only an enum is both a text and distinct from every literal: `callback.event === 'streamCreated'`
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
