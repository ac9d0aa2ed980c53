import { withEscapes } from '../verification/quoted-text.js';

/** `JSON.stringify` ends the stack with values that are much deeper, and indented ones grow with their depth. */
const MAX_DEPTH = 100;

/** Why a value is not printed. */
export const TOO_DEEP = `nested more than ${MAX_DEPTH} levels deep`;

/** Whether a value is nested too deeply to be printed. */
export function isTooDeep(value: unknown): boolean {
  let level = [value].filter(isObject);
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth += 1) {
    level = level.flatMap((parent) => Object.values(parent).filter(isObject));
  }
  return level.length > 0;
}

/**
 * A document as JSON of characters that are safe in a terminal. Members that are nested too deeply are left out, and
 * named under `omitted`.
 */
export function jsonDocument(document: object, indent?: number): string {
  const tooDeep = Object.entries<unknown>({ ...document }).filter(([, value]) => isTooDeep(value));
  const omitted = Object.fromEntries(tooDeep.map(([name]) => [name, TOO_DEEP]));
  const without = Object.fromEntries(tooDeep.map(([name]) => [name, undefined]));
  const printed = tooDeep.length === 0 ? document : { ...document, ...without, omitted };
  return withEscapes(JSON.stringify(printed, null, indent));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
