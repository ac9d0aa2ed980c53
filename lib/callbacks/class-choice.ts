import { type DtoClass } from './dto-description.js';
import { applyRules } from './dto-rules.js';

/** How the class for a payload is found. */
export type ClassChoice<T extends object> = (payload: Readonly<Record<string, unknown>>) => DtoClass<T>;

/** The literal events of a union of callbacks; the opaque event of its unrecognized member is not one. */
export type KnownEvent<T extends { event: string }> = T extends { event: infer E extends string }
  ? `${E}` extends E
    ? E
    : never
  : never;

/** One class for all payloads of the kind. class-validator knows its rules. */
export function always<T extends object>(type: DtoClass<T>): ClassChoice<T> {
  applyRules(type);
  return () => type;
}

/** One class for each `event` of the union, and one for every other. class-validator knows their rules. */
export function byEvent<T extends { event: string }>(
  types: { readonly [E in KnownEvent<T>]: DtoClass<Extract<T, { event: E }>> },
  unrecognized: DtoClass<T>,
): ClassChoice<T> {
  // A map, because an event named "constructor" must find nothing.
  const typesByEvent = new Map<unknown, DtoClass<T>>(Object.entries<DtoClass<T>>(types));
  for (const type of [...typesByEvent.values(), unrecognized]) applyRules(type);
  return ({ event }) => typesByEvent.get(event) ?? unrecognized;
}
