import { type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { fixtureEvents } from '../../testing/index.js';
import { printable } from '../output.js';
import { UsageError } from '../exit-code.js';

/** A JSON object. */
type Payload = Record<string, unknown>;

/**
 * The one of that name.
 *
 * @throws {UsageError} that lists those that are known
 */
export function named<Name extends string>(what: string, known: readonly Name[], name: string): Name {
  const found = known.find((one) => one === name);
  if (found !== undefined) return found;
  const verb = known.length === 1 ? 'is' : 'are';
  throw new UsageError(`there is no ${what} "${printable(name, 40)}": known ${verb} ${known.join(', ')}`);
}

/**
 * The event or status of that name.
 *
 * @throws {UsageError} that lists those of the kind
 */
export function eventNamed(kind: VideoCallbackKind, name: string | undefined): string {
  const known: readonly string[] = fixtureEvents(kind);
  if (name === undefined) throw new UsageError(`--event is missing: known are ${known.join(', ')}`);
  return named(`${kind} event`, known, name);
}

/**
 * Sets fields of a payload, as `name=value`: the value is JSON or else text, dots in the name lead into objects.
 *
 * @throws {UsageError} if one has no name
 */
export function withFields(payload: Payload, assignments: readonly string[]): Payload {
  const changed = structuredClone(payload);
  for (const assignment of assignments) {
    const [, path, text] = /^([^=]+)=([^]*)$/.exec(assignment) ?? [];
    if (path === undefined || text === undefined) throw new UsageError('--set is written as name=value');
    setField(changed, path.split('.'), jsonOrText(text));
  }
  return changed;
}

function setField(target: Payload, [name = '', ...deeper]: readonly string[], value: unknown): void {
  if (deeper.length === 0) {
    // Defined, not assigned: "__proto__" is a name like any other here.
    Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
    return;
  }
  const child = Object.hasOwn(target, name) ? target[name] : undefined;
  const object: Payload = isPayload(child) ? child : {};
  setField(object, deeper, value);
  setField(target, [name], object);
}

function isPayload(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
