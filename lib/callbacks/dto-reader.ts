import { type ValidationError, type ValidatorOptions, validateSync } from 'class-validator';
import { type DtoClass, type DtoDescription, descriptionOf, MAX_ELEMENTS } from './dto-description.js';
import { type Violation } from './violation.js';

/** What became of a payload: an instance, or the reasons why there is none. */
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

type JsonObject = Record<string, unknown>;

// The first error of a field is enough, and stopping there keeps class-validator from descending into a value of the
// wrong shape. Target and value are left out because errors must not carry the payload.
const OPTIONS: ValidatorOptions = { stopAtFirstError: true, validationError: { target: false, value: false } };

/**
 * Makes an instance of a class from an object that came as JSON. It takes the fields that the class declares, and of
 * those only what is an own property of the payload. An optional field that does not fit is left out; a required one
 * that does not fit leaves out what it is a part of, and without such a whole makes the payload unusable.
 *
 * @param type a class whose rules are registered with class-validator, see `applyRules`
 */
export function readDto<T extends object>(type: DtoClass<T>, payload: Readonly<JsonObject>): DtoReading<T> {
  const description = descriptionOf(type.prototype);
  const callback = instantiate(type, payload);
  const setAside: Violation[] = [];
  const errors = validateSync(callback, OPTIONS);
  const violations = [
    ...settle(description, callback, errors, '', setAside),
    ...missingAlternatives(description, callback),
  ];
  if (violations.length > 0) return { usable: false, violations };
  // Not earlier: class-validator reads `constructor` from the object, and a field may have that name.
  if (description.keepsUnknownFields) keepUnknownFields(description, callback, payload);
  return { usable: true, callback, setAside };
}

function instantiate<T extends object>(type: DtoClass<T>, source: Readonly<JsonObject>): T & JsonObject {
  const { fields, nestedFields } = descriptionOf(type.prototype);
  const values = ownFields(fields, source);
  for (const [name, { type, list }] of nestedFields) {
    if (Object.hasOwn(values, name)) values[name] = instantiateNested(type(), list, values[name]);
  }
  // No constructor: it would define every declared field as undefined, and absent fields shall be absent. The cast
  // promises what validateSync has yet to check; nothing leaves this module before that.
  return Object.setPrototypeOf(values, type.prototype) as T & JsonObject;
}

/** Copied as a whole where there is nothing else: field by field it takes ten times the memory, and twice the time. */
function ownFields(fields: DtoDescription['fields'], source: Readonly<JsonObject>): JsonObject {
  const names = Object.keys(source);
  if (names.every((name) => fields.has(name))) return { ...source };
  return Object.fromEntries(names.filter((name) => fields.has(name)).map((name) => [name, source[name]]));
}

/** A value of the wrong shape is passed on as it is, for the validation to find. */
function instantiateNested(type: DtoClass, list: boolean, value: unknown): unknown {
  const instantiateElement = (element: unknown): unknown =>
    isJsonObject(element) ? instantiate(type, element) : element;
  if (!list) return instantiateElement(value);
  return Array.isArray(value) && value.length <= MAX_ELEMENTS ? value.map(instantiateElement) : value;
}

/** Leaves out the optional fields that do not fit, and returns the other violations. */
function settle(
  { fields }: DtoDescription,
  target: JsonObject,
  errors: readonly ValidationError[],
  path: string,
  setAside: Violation[],
): Violation[] {
  return errors.flatMap((error) => {
    const { property, constraints, children = [] } = error;
    const { optional, nested } = fields.get(property) ?? { optional: false, nested: undefined };
    const fieldPath = path + property;
    const violations = violationsOf(fieldPath, constraints);
    if (nested) {
      const description = descriptionOf(nested.type().prototype);
      for (const { element, errors, elementPath } of nestedErrors(target[property], children, fieldPath)) {
        violations.push(...settle(description, element, errors, `${elementPath}.`, setAside));
      }
    }
    if (!optional || violations.length === 0) return violations;
    Reflect.deleteProperty(target, property);
    setAside.push(...violations);
    return [];
  });
}

function nestedErrors(
  value: unknown,
  children: readonly ValidationError[],
  path: string,
): { element: JsonObject; errors: readonly ValidationError[]; elementPath: string }[] {
  if (isJsonObject(value)) return [{ element: value, errors: children, elementPath: path }];
  if (!Array.isArray(value)) return [];
  return children.flatMap(({ property: index, children: errors = [] }) => {
    const element: unknown = value[Number(index)];
    return isJsonObject(element) ? [{ element, errors, elementPath: `${path}[${index}]` }] : [];
  });
}

function violationsOf(path: string, constraints: ValidationError['constraints'] = {}): Violation[] {
  return Object.values(constraints).map((message) => ({ path, message }));
}

function missingAlternatives({ alternatives }: DtoDescription, target: Readonly<JsonObject>): Violation[] {
  return alternatives
    .filter((names) => names.every((name) => target[name] == null))
    .map((names) => ({ path: names.join('|'), message: `one of ${names.join(', ')} is required` }));
}

function keepUnknownFields({ fields }: DtoDescription, target: JsonObject, source: Readonly<JsonObject>): void {
  for (const [name, value] of Object.entries(source)) {
    if (fields.has(name) || name === '__proto__') continue;
    // Defined, not assigned: no setter of a prototype shall run, whatever the field is called.
    Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
  }
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
