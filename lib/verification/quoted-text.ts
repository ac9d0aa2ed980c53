const MAX_TEXT = 64;

/**
 * The characters that a terminal or log viewer may interpret or hide, as a pattern source for the flag `u`: control and
 * format characters, lone surrogates, unassigned characters, line and paragraph separators.
 */
export const UNSAFE_CHARACTER = String.raw`[\p{C}\p{Zl}\p{Zp}]`;

const UNSAFE = new RegExp(UNSAFE_CHARACTER, 'gu');
/** Line ends in JSON are kept: they are never part of a string. */
const UNSAFE_IN_JSON = new RegExp(`(?!\n)${UNSAFE_CHARACTER}`, 'gu');

/**
 * Makes untrusted text safe for a terminal or a log: on one line, with `?` for each unsafe character, cut to a maximum
 * length.
 */
export function harmless(text: string, maxLength: number): string {
  return shortened(text, maxLength).replace(UNSAFE, '?');
}

/** Makes untrusted text safe and cuts it, for log fields that are quoted by the logger. */
export function cut(text: string): string {
  return harmless(text, MAX_TEXT);
}

/** Makes untrusted text safe for a log: quoted, cut, with escapes for unsafe characters. */
export function quoted(text: string): string {
  return withEscapes(JSON.stringify(shortened(text, MAX_TEXT)));
}

/** The same JSON, with escapes for unsafe characters. */
export function withEscapes(json: string): string {
  return json.replace(UNSAFE_IN_JSON, (character) =>
    Array.from({ length: character.length }, (_, at) => escapeOf(character.charCodeAt(at))).join(''),
  );
}

function escapeOf(codeUnit: number): string {
  return `\\u${codeUnit.toString(16).padStart(4, '0')}`;
}

/** Counts code points, so that no surrogate pair is cut in two. */
function shortened(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  // A code point takes at most two characters of a string.
  const characters = Array.from(text.slice(0, 2 * maxLength + 2));
  return characters.length > maxLength ? `${characters.slice(0, maxLength).join('')}…` : text;
}
