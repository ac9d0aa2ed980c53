import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { type ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { type ValidationError, validateSync } from 'class-validator';
import fc from 'fast-check';
import { type DtoClass, type FieldRule } from '../../lib/callbacks/dto.decorators.js';
import { type JsonObject } from '../../lib/callbacks/json-object.js';
import { readDto } from '../../lib/callbacks/dto-reader.js';
import { isJsonObject } from '../../lib/callbacks/json-object.js';
import { callbackSchema } from '../../lib/swagger/index.js';
import { CLASSES, fieldsOf, payloadFor } from './dto-payloads.js';
import { holds } from './holds.js';

/** The only list that may come as an object which holds its elements by id. */
const LIST_BY_ID = 'rtmp';

/** The names of fields that are text, but may come as a number. */
const ID_OR_CODE = /id$|^reason_code$/i;

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

describe.each(CLASSES)('a payload of $name', ({ type }) => {
  it('is refused, converted or left out exactly as class-validator decides', () =>
    holds(
      fc.property(payloadFor(type), (payload) => {
        const reading = readDto(type, payload);
        const opinion = secondOpinion(type, payload);

        expect(reading.usable).toBe(!opinion.isRefused);
        if (!reading.usable) return;
        expect(declaredFields(type, reading.callback)).toEqual(opinion.dto);
        expect(reading.setAside.map(({ path }) => path).sort()).toEqual([...new Set(opinion.setAside)].sort());
      }),
      80,
    ));

  it('becomes a DTO in which class-validator finds no fault, with values of the declared types', () =>
    holds(
      fc.property(payloadFor(type), (payload) => {
        const reading = readDto(type, payload);
        if (!reading.usable) return;

        expect(validateSync(reading.callback)).toEqual([]);
        expect(valuesOfOtherTypes(type, reading.callback)).toEqual([]);
      }),
      60,
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

/** Without what no schema tells: numbers beyond the safe integers, and elements by id that have another id of their own. */
function withinSchemas(name: string, value: unknown): unknown {
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) return 1;
  if (typeof value === 'string' && /\d{16}/.test(value)) return '1';
  if (name !== 'rtmp' || !isJsonObject(value)) return value;
  const elements = Object.entries(value).map(([id, one]) => [id, isJsonObject(one) ? { ...one, id } : one] as const);
  return Object.fromEntries(elements);
}

/** The fields of the payload that are, or contain, what an error is about. */
const fieldsOfErrors = (errors: readonly ErrorObject[]): string[] =>
  errors.map(({ instancePath }) => instancePath.split('/')[1] ?? '');

describe.each(CLASSES)('the JSON Schema of $name', ({ type, name }) => {
  const schema = callbackSchema(type);
  const validate = new Ajv2020({ allowUnionTypes: true, strictRequired: false, allErrors: true }).compile(schema);
  const event = schema.$defs?.[name]?.properties?.['event']?.const;

  /** As it arrives, and with the event that leads to this class. */
  const sent = (payload: JsonObject): JsonObject => {
    const parsed = JSON.parse(JSON.stringify(payload), withinSchemas) as JsonObject;
    const hasEvent = typeof parsed['event'] === 'string' && parsed['event'] !== '';
    return hasEvent && event !== undefined ? { ...parsed, event } : parsed;
  };

  it('is violated by fields that are left out, and by payloads that are refused', () =>
    holds(
      fc.property(payloadFor(type).map(sent), (payload) => {
        const reading = readDto(type, payload);
        const isAccepted = validate(payload);

        if (!reading.usable) expect(isAccepted).toBe(false);
        else {
          const setAside = reading.setAside.map(({ path }) => /^[^.[|]+/.exec(path)?.[0]);
          expect(new Set(fieldsOfErrors(validate.errors ?? []))).toEqual(new Set(setAside));
        }
      }),
      80,
    ));
});
