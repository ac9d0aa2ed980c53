/** An object that came as JSON. */
export type JsonObject = Record<string, unknown>;

/**
 * Whether parsed JSON is an object, and no list.
 *
 * @param value what `JSON.parse` has returned, or a part of it
 */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
