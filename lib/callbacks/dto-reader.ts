import { type DtoClass, type DtoField, descriptionOf, faultOf } from './dto.decorators.js';
import { type JsonObject } from './json-object.js';

/**
 * A field of a payload that does not fit. It names the place and the expectation, never the value that was found:
 * payloads carry secrets and personal data, and violations are logged.
 */
export interface Violation {
  /** Where, for example `stream.connection.id` or `streams[0].streamId`. */
  readonly path: string;
  /** What was expected there, for example `streamId must be a string`. */
  readonly message: string;
}

/** The result of reading a payload: an instance, or the reasons why there is none. */
export type DtoReading<T> =
  | {
      readonly usable: true;
      readonly callback: T;
      /** The optional fields that were left out because their values do not fit. */
      readonly setAside: readonly Violation[];
    }
  | {
      readonly usable: false;
      /** The required fields that are missing or do not fit. */
      readonly violations: readonly Violation[];
    };

/** The findings of reading one payload. */
interface Findings {
  readonly violations: Violation[];
  readonly setAside: Violation[];
}

/**
 * Unknown fields that are never kept: code that copies `__proto__` by assignment changes a prototype, and
 * class-validator, which finds the rules of an object by its `constructor`, throws if that is `null`.
 */
const RESERVED_NAMES = new Set(['__proto__', 'constructor']);

/**
 * Makes an instance of a class from an object that came as JSON. It takes the fields that the class declares, and of
 * those only what is an own property of the payload; `null` counts as absent. An optional field whose value cannot be
 * converted is left out; if a required one is missing, the optional object around it is left out, or else the payload is
 * unusable.
 */
export function readDto<T extends object>(type: DtoClass<T>, payload: Readonly<JsonObject>): DtoReading<T> {
  const findings: Findings = { violations: [], setAside: [] };
  const callback = readObject(type, payload, '', findings);
  const { violations, setAside } = findings;
  return violations.length > 0 ? { usable: false, violations } : { usable: true, callback, setAside };
}

/** @param path where the object is: empty, or ends with a dot */
function readObject<T extends object>(
  type: DtoClass<T>,
  source: Readonly<JsonObject>,
  path: string,
  findings: Findings,
): T {
  const { fields, alternatives, keepsUnknownFields } = descriptionOf(type.prototype);
  const dto = emptyInstance(type);
  const values: JsonObject = dto;
  for (const field of fields.values()) {
    const { name } = field;
    const value = Object.hasOwn(source, name) ? source[name] : undefined;
    if (value == null) {
      if (field.isRequired) findings.violations.push({ path: path + name, message: faultOf(field, value) });
      continue;
    }
    const read = readField(field, value, path, findings);
    if (read !== undefined) values[name] = read;
  }
  for (const names of alternatives) {
    if (names.some((name) => Object.hasOwn(dto, name))) continue;
    findings.violations.push({ path: path + names.join('|'), message: `one of ${names.join(', ')} is required` });
  }
  if (keepsUnknownFields) keepUnknownFields(dto, source, fields);
  return dto;
}

/**
 * An instance whose constructor did not run: it would define absent fields as undefined. V8 reserves as many fields
 * as the class declares, which Object.create does not. The cast promises what holds once nothing is violated.
 */
function emptyInstance<T extends object>(type: DtoClass<T>): T & JsonObject {
  return Reflect.construct(Object, [], type) as T & JsonObject;
}

/** The value of a field for the DTO; `undefined` if it is to be left out. */
function readField(field: DtoField, value: unknown, path: string, findings: Findings): unknown {
  const { violations, setAside } = findings;
  const before = violations.length;
  const read = readValue(field, value, path, findings);
  if (violations.length === before) return read;
  if (!field.isRequired) setAside.push(...violations.splice(before));
  return undefined;
}

function readValue(field: DtoField, value: unknown, path: string, findings: Findings): unknown {
  const { name, rule } = field;
  if (rule.holds === 'value') {
    const read = rule.read(value);
    if (read !== undefined) return read;
  } else if (rule.holds === 'object') {
    const object = rule.read(value);
    if (object) return readObject(rule.type(), object, `${path}${name}.`, findings);
  } else {
    const list = rule.read(value);
    if (list) {
      return list.map((element, index) => readObject(rule.type(), element, `${path}${name}[${index}].`, findings));
    }
  }
  findings.violations.push({ path: path + name, message: faultOf(field, value) });
  return undefined;
}

function keepUnknownFields(dto: object, source: Readonly<JsonObject>, fields: ReadonlyMap<string, unknown>): void {
  for (const [name, value] of Object.entries(source)) {
    if (fields.has(name) || RESERVED_NAMES.has(name)) continue;
    // Defined, not assigned, so that no setter of a prototype runs for any field name.
    Object.defineProperty(dto, name, { value, enumerable: true, writable: true, configurable: true });
  }
}
