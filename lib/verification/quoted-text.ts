const MAX_TEXT = 64;

/**
 * What a terminal or a log viewer may act upon or not show, as a source of patterns with the flag `u`: control and format
 * characters, lone surrogates, unassigned ones, ends of lines and paragraphs.
 */
export const UNSAFE_CHARACTER = String.raw`[\p{C}\p{Zl}\p{Zp}]`;

const UNSAFE = new RegExp(UNSAFE_CHARACTER, 'gu');
/** A line end in JSON is never part of a text. */
const UNSAFE_IN_JSON = new RegExp(`(?!\n)${UNSAFE_CHARACTER}`, 'gu');

/**
 * Untrusted text made harmless for a terminal or a log: on one line, `?` in place of each unsafe character, cut after a
 * number of characters.
 */
export function harmless(text: string, maxLength: number): string {
  return shortened(text, maxLength).replace(UNSAFE, '?');
}

/** Untrusted text, harmless and cut; for the fields of a log that quotes them itself. */
export function cut(text: string): string {
  return harmless(text, MAX_TEXT);
}

/** Untrusted text made harmless for a log: quoted, cut, with escapes in place of unsafe characters. */
export function quoted(text: string): string {
  return withEscapes(JSON.stringify(shortened(text, MAX_TEXT)));
}

/** The same JSON, with escapes in place of unsafe characters. */
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
  // A code point has at most two places.
  const characters = Array.from(text.slice(0, 2 * maxLength + 2));
  return characters.length > maxLength ? `${characters.slice(0, maxLength).join('')}…` : text;
}
