import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { type ValidationError, validateSync } from 'class-validator';
import fc from 'fast-check';
import { CATALOGUE } from '../../lib/callbacks/catalogue.js';
import { type DtoClass, descriptionOf, type FieldRule } from '../../lib/callbacks/dto.decorators.js';
import { type JsonObject } from '../../lib/callbacks/json-object.js';
import { readDto } from '../../lib/callbacks/dto-reader.js';
import { isJsonObject } from '../../lib/verification/json-text.js';
import { holds } from './holds.js';
import { NAMES_OF_PROTOTYPES } from './names-of-prototypes.js';

const fieldsOf = (type: DtoClass) => [...descriptionOf(type.prototype).fields.values()];

/** A class and those of the objects in it. */
const withNested = (type: DtoClass): DtoClass[] => [
  type,
  ...fieldsOf(type).flatMap(({ rule }) => (rule.holds === 'value' ? [] : withNested(rule.type()))),
];

const CLASSES = [
  ...new Set(
    Object.values<{ byEvent: ReadonlyMap<unknown, DtoClass>; otherwise: DtoClass }>(CATALOGUE)
      .flatMap(({ byEvent, otherwise }) => [...byEvent.values(), otherwise])
      .flatMap(withNested),
  ),
].map((type) => ({ type, name: type.prototype.constructor.name }));

/** The only list that may come as an object which holds its elements by id. */
const LIST_BY_ID = 'rtmp';

/** The names of fields that are text, but may come as a number. */
const ID_OR_CODE = /id$|^reason_code$/i;

const TEXTS = [
  ...['', 'text', '0', '12', '12.5', '-1', ' 7 ', '7\n', '1e3', '0x10', '007', '.5', '5.', '+1', 'NaN', 'Infinity'],
  ...['9007199254740991', '9007199254740993', '-9007199254740993', '99999999999999999999.5'],
];
const NUMBERS = [0, -0, 1, -1, 1.5, 1700000000123, Number.MAX_SAFE_INTEGER, 2 ** 53, 1e21, Infinity, -Infinity];

const scalar = fc.oneof(fc.constantFrom<unknown>(...TEXTS, ...NUMBERS, true, false, null), fc.string(), fc.double());
const anything = fc.oneof(scalar, fc.constantFrom({}, [], [1], [[]], [{}], { id: [] }, { a: { id: 'b' } }));

function valueFor(rule: FieldRule): fc.Arbitrary<unknown> {
  if (rule.holds === 'value') return fc.oneof({ arbitrary: fc.constantFrom('text', '12', 12), weight: 5 }, anything);
  const element = fc.oneof({ arbitrary: payloadFor(rule.type()), weight: 8 }, anything);
  return fc.oneof(
    { arbitrary: element, weight: rule.holds === 'object' ? 9 : 1 },
    { arbitrary: fc.array(element, { maxLength: 3 }), weight: 5 },
    { arbitrary: fc.dictionary(fc.constantFrom('a', '7', '__proto__'), element, { maxKeys: 2 }), weight: 3 },
    anything,
  );
}

/** A JSON object with fields of a class, of the right type or another, and with fields that it does not declare. */
function payloadFor(type: DtoClass): fc.Arbitrary<JsonObject> {
  const fields = fieldsOf(type);
  const declared = fc.record(Object.fromEntries(fields.map(({ name, rule }) => [name, valueFor(rule)])), {
    requiredKeys: [],
  });
  // Most of the time with what is required, or little would be accepted.
  const required = fc.record(
    Object.fromEntries(fields.filter(({ isRequired }) => isRequired).map(({ name, rule }) => [name, valueFor(rule)])),
  );
  const unknown = fc.dictionary(fc.constantFrom('unknown', ...NAMES_OF_PROTOTYPES), anything, { maxKeys: 3 });
  return fc
    .tuple(unknown, fc.oneof({ arbitrary: required, weight: 5 }, fc.constant({})), declared)
    .map((parts) => Object.fromEntries(parts.flatMap((part) => Object.entries(part))));
}

interface NestedField {
  readonly name: string;
  readonly rule: Exclude<FieldRule, { holds: 'value' }>;
}

interface Opinion {
  readonly dto: object;
  readonly isRefused: boolean;
  readonly setAside: readonly string[];
}

// It looks into what is nested even where that is of the wrong shape, unless it stops before.
const errorsOf = (dto: object): ValidationError[] => validateSync(dto, { stopAtFirstError: true });

/**
 * What class-validator makes of a payload. It alone judges values: what it refuses is converted to its other notation
 * (an id to text, text to a number), and what it refuses then is left out. A DTO that it refuses even so is refused.
 */
function secondOpinion(type: DtoClass, payload: JsonObject): Opinion {
  const setAside: string[] = [];
  const dto = Object.create(type.prototype) as JsonObject;
  for (const { name, rule } of fieldsOf(type)) {
    const value = Object.hasOwn(payload, name) ? payload[name] : undefined;
    if (value != null) dto[name] = rule.holds === 'value' ? value : nested({ name, rule }, value, setAside);
  }
  for (const { property } of errorsOf(dto)) dto[property] = otherNotation(property, dto[property]);
  for (const error of errorsOf(dto)) {
    if (dto[error.property] !== undefined) setAside.push(...pathsOf(error, error.property));
    Reflect.deleteProperty(dto, error.property);
  }
  for (const name of Object.keys(dto)) if (dto[name] === undefined) Reflect.deleteProperty(dto, name);
  return { dto, isRefused: errorsOf(dto).length > 0, setAside };
}

/** A value of the wrong shape stays as it is, for class-validator to refuse. */
function nested({ name, rule }: NestedField, given: unknown, setAside: string[]): unknown {
  const element = (one: JsonObject, path: string): object => {
    const opinion = secondOpinion(rule.type(), one);
    setAside.push(...opinion.setAside.map((inner) => `${path}.${inner}`));
    return opinion.dto;
  };
  const value = name === LIST_BY_ID ? listById(given) : given;
  if (rule.holds === 'object') return isJsonObject(value) ? element(value, name) : value;
  if (!Array.isArray(value) || !value.every(isJsonObject)) return value;
  return value.map((one, index) => element(one, `${name}[${index}]`));
}

function listById(value: unknown): unknown {
  if (!isJsonObject(value)) return value;
  const elements = Object.entries(value).map(([id, element]) => ({ id, element }));
  const isLossless = elements.every(({ id, element }) => {
    if (!isJsonObject(element)) return false;
    const own = element['id'] ?? id;
    return own === id || otherNotation('id', own) === id;
  });
  return isLossless ? elements.map(({ id, element }) => Object.assign({}, element, { id })) : value;
}

function otherNotation(name: string, value: unknown): unknown {
  if (typeof value === 'number') return ID_OR_CODE.test(name) && Number.isSafeInteger(value) ? String(value) : value;
  // JSON knows no other notation than plain decimals and exponents.
  if (typeof value !== 'string' || value.trim() !== value || /e/i.test(value)) return value;
  try {
    const number: unknown = JSON.parse(value);
    return typeof number === 'number' && Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : value;
  } catch {
    return value;
  }
}

/** The places within a field that do not fit. */
function pathsOf({ constraints, children = [] }: ValidationError, path: string): string[] {
  const inner = children.flatMap((child) =>
    pathsOf(child, /^\d+$/.test(child.property) ? `${path}[${child.property}]` : `${path}.${child.property}`),
  );
  return constraints === undefined ? inner : [path];
}

describe.each(CLASSES)('reading of a $name', ({ type }) => {
  it('refuses, converts and sets aside exactly what class-validator would have it', () =>
    holds(
      fc.property(payloadFor(type), (payload) => {
        const reading = readDto(type, payload);
        const opinion = secondOpinion(type, payload);

        expect(reading.usable).toBe(!opinion.isRefused);
        if (!reading.usable) return;
        expect(declaredFields(type, reading.callback)).toEqual(opinion.dto);
        expect(reading.setAside.map(({ path }) => path).sort()).toEqual([...new Set(opinion.setAside)].sort());
      }),
      200,
    ));

  it('hands over nothing that class-validator finds fault with, and no value of another type than declared', () =>
    holds(
      fc.property(payloadFor(type), (payload) => {
        const reading = readDto(type, payload);
        if (!reading.usable) return;

        expect(validateSync(reading.callback)).toEqual([]);
        expect(valuesOfOtherTypes(type, reading.callback)).toEqual([]);
      }),
      200,
    ));
});

/** Without what an unrecognized callback keeps besides. */
function declaredFields(type: DtoClass, dto: object): object {
  const names = fieldsOf(type).map(({ name }) => name);
  return Object.assign(
    Object.create(type.prototype) as object,
    Object.fromEntries(Object.entries(dto).filter(([name]) => names.includes(name))),
  );
}

const isOfType = (declared: unknown, value: unknown): boolean => {
  if (declared === Number) return Number.isFinite(value);
  if (declared === Boolean) return typeof value === 'boolean';
  if (declared === Array) return Array.isArray(value);
  return CLASSES.some(({ type }) => type === declared)
    ? Object.getPrototypeOf(value) === (declared as DtoClass).prototype
    : typeof value === 'string';
};

/** The fields whose values are not of the type that TypeScript emits; for texts with known values it emits none. */
function valuesOfOtherTypes(type: DtoClass, dto: object): string[] {
  return Object.entries(declaredFields(type, dto))
    .filter(([name, value]) => !isOfType(Reflect.getMetadata('design:type', type.prototype, name), value))
    .map(([name]) => name);
}
