import { type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { isJsonObject, type JsonObject } from '../../callbacks/json-object.js';
import { fixtureEvents } from '../../testing/index.js';
import { named } from '../options.js';
import { UsageError } from '../surroundings.js';

/**
 * The event or status of that name.
 *
 * @throws {UsageError} that lists those of the kind
 */
export function eventNamed(kind: VideoCallbackKind, name: string | undefined): string {
  const known: readonly string[] = fixtureEvents(kind);
  if (name === undefined) throw new UsageError(`--event is missing: known are ${known.join(', ')}`);
  return named(`${kind} event`, known)(name);
}

/**
 * Sets fields of a payload, as `name=value`. The value is JSON, otherwise a string; dots in the name lead into objects.
 *
 * @throws {UsageError} if one has no name
 */
export function withFields(payload: JsonObject, assignments: readonly string[]): JsonObject {
  const changed = structuredClone(payload);
  for (const assignment of assignments) {
    const [, path, text] = /^([^=]+)=([^]*)$/.exec(assignment) ?? [];
    if (path === undefined || text === undefined) throw new UsageError('--set is written as name=value');
    setField(changed, path.split('.'), jsonOrText(text));
  }
  return changed;
}

function setField(target: JsonObject, [name = '', ...deeper]: readonly string[], value: unknown): void {
  if (deeper.length === 0) {
    // Defined, not assigned: "__proto__" is a name like any other here.
    Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
    return;
  }
  const child = Object.hasOwn(target, name) ? target[name] : undefined;
  const object: JsonObject = isJsonObject(child) ? child : {};
  setField(object, deeper, value);
  setField(target, [name], object);
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
