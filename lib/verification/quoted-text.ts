const MAX_TEXT = 64;
// JSON leaves these as they are: delete, the second set of control characters, line ends, changes of direction.
const UNSAFE = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** Text that a stranger may have chosen, cut; for the fields of a log that quotes them itself. */
export function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

/** Text that a stranger may have chosen, made harmless for a log: quoted, without control characters, cut. */
export function quoted(text: string): string {
  return JSON.stringify(cut(text)).replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
