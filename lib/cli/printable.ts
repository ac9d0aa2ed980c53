import { harmless, UNSAFE_CHARACTER } from '../verification/quoted-text.js';
import { COLOUR } from './paint.js';

const MAX_LENGTH = 200;

/** A colour or a line end, which stay, or else an unsafe character. */
const UNSAFE_IN_LINES = new RegExp(`(${COLOUR}|\n)|${UNSAFE_CHARACTER}`, 'gu');

/**
 * Untrusted text made harmless for a terminal: on one line, without control or invisible characters, cut when it is long.
 */
export function printable(text: string, maxLength: number = MAX_LENGTH): string {
  return harmless(text, maxLength);
}

/** Lines for a person, without control or invisible characters other than line ends and the colours of `Paint`. */
export function printableLines(lines: string): string {
  return lines.replace(UNSAFE_IN_LINES, (_, kept: string | undefined) => kept ?? '?');
}
