import { IsOptional, ValidateBy, ValidateIf, ValidateNested } from 'class-validator';
import { isJsonObject, type JsonObject } from './json-object.js';

/**
 * Parent of every class whose instances are created from JSON objects: V8 creates instances of derived classes faster.
 */
// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- what counts is that it is extended
export abstract class Dto {}

/** A class whose instances are made of JSON objects. */
export interface DtoClass<T extends Dto = Dto> {
  new (): T;
  readonly prototype: T;
}

/**
 * A union of classes as a value. It works with `instanceof`, and can be imported without `type`, as `isolatedModules`
 * requires for types in the signature of a decorated method.
 */
export interface UnionClass<T> {
  [Symbol.hasInstance](value: unknown): value is T;
}

/** A class that counts the instances of other classes as its own. */
export function unionOf<T>(...classes: readonly (abstract new () => object)[]): UnionClass<T> {
  // eslint-disable-next-line @typescript-eslint/no-extraneous-class -- a class, since it becomes a parameter's type
  return class {
    static [Symbol.hasInstance](value: unknown): value is T {
      return classes.some((type) => value instanceof type);
    }
  };
}

/** The rule for the value of a field. The reader converts with it, and class-validator validates with it. */
export type FieldRule = ValueRule | ObjectRule | ListRule;

interface Rule<Value> {
  /** The name of the constraint in class-validator's errors. */
  readonly name: string;
  /** Returns the value in its documented type; `undefined` if it cannot be converted without loss. */
  readonly read: (value: unknown) => Value | undefined;
  /** Describes the expected value. Never repeats the value that was found. */
  readonly expected: (value: unknown) => string;
}

interface ValueRule<Value = string | number | boolean> extends Rule<Value> {
  readonly holds: 'value';
}

interface ObjectRule extends Rule<JsonObject> {
  readonly holds: 'object';
  readonly type: () => DtoClass;
}

interface ListRule extends Rule<readonly JsonObject[]> {
  readonly holds: 'list';
  readonly type: () => DtoClass;
}

/** Longest list that is read. Genuine ones have a few elements, each as expensive to read as a small callback. */
const MAX_ELEMENTS = 1000;

/** Plain decimal notation: no exponent, no leading zero, no white space. */
const DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

/** Any text, the empty one too. */
export const TEXT = valueRule('isString', (value) => (typeof value === 'string' ? value : undefined));

/** An event or a status, which says nothing when it is empty. */
export const NON_EMPTY_TEXT = valueRule('isText', (value) => nonEmpty(TEXT.read(value)), expectedNonEmpty);

/** An id or a code, possibly empty. A safe integer becomes text: some environments send ids as numbers. */
export const CODE = valueRule('isCode', (value) => (Number.isSafeInteger(value) ? String(value) : TEXT.read(value)));

/** An id that is not empty. A safe integer becomes text. */
export const ID = valueRule('isId', (value) => nonEmpty(CODE.read(value)), expectedNonEmpty);

/** `true` or `false`. */
export const BOOLEAN = valueRule(
  'isBoolean',
  (value) => (typeof value === 'boolean' ? value : undefined),
  () => 'must be a boolean value',
);

/**
 * A finite number. Text in plain decimal notation becomes one, unless it is beyond the safe integers; a fraction is
 * rounded as `JSON.parse` rounds it.
 */
export const NUMBER = valueRule('isNumber', readNumber, (value) =>
  typeof value === 'string' && DECIMAL.test(value) ? 'must not be beyond the safe integers' : 'must be a number',
);

/** An object of a class of the catalogue. */
export function objectOf(type: () => DtoClass): ObjectRule {
  return {
    holds: 'object',
    name: 'isObject',
    type,
    read: (value) => (isJsonObject(value) ? value : undefined),
    expected: () => 'must be an object',
  };
}

/** A list of at most {@link MAX_ELEMENTS} objects of a class of the catalogue. */
export function listOf(type: () => DtoClass): ListRule {
  return {
    holds: 'list',
    name: 'isList',
    type,
    read: (value) => (isList(value) && value.every(isJsonObject) ? value : undefined),
    expected: (value) =>
      isList(value) ? 'must contain objects only' : `must be a list of at most ${MAX_ELEMENTS} objects`,
  };
}

/**
 * Like {@link listOf}; an object that holds the elements by id becomes a list whose elements have that `id`. It is not
 * converted if an element has an `id` of its own that differs.
 */
export function listWithIdsOf(type: () => DtoClass<{ id?: string }>): ListRule {
  const list = listOf(type);
  return { ...list, read: (value) => list.read(isJsonObject(value) ? elementsById(value) : value) };
}

/** What is known of one field of a class. */
export interface DtoField {
  readonly name: string;
  readonly rule: FieldRule;
  readonly isRequired: boolean;
}

/** What the decorators of a class say about it. */
interface DtoDescription {
  readonly fields: Map<string, DtoField>;
  /** Groups of fields of which at least one must be there. */
  readonly alternatives: Set<readonly string[]>;
  keepsUnknownFields: boolean;
}

const descriptions = new WeakMap<object, DtoDescription>();

/**
 * The description of a class, by its prototype: what its decorators fill and the reader reads. It starts as a copy of
 * the parent's, which is complete by then, because a class is decorated before another can extend it.
 */
export function descriptionOf(prototype: object): DtoDescription {
  const known = descriptions.get(prototype);
  if (known) return known;
  const parent: unknown = Object.getPrototypeOf(prototype);
  const inherited = typeof parent === 'object' && parent ? descriptionOf(parent) : undefined;
  const description: DtoDescription = {
    fields: new Map(inherited?.fields),
    alternatives: new Set(inherited?.alternatives),
    keepsUnknownFields: inherited?.keepsUnknownFields ?? false,
  };
  descriptions.set(prototype, description);
  return description;
}

type FieldDecorator = (prototype: object, name: string) => void;

/** A field without which the callback is of no use. */
export function Required(rule: FieldRule): FieldDecorator {
  return (prototype, name) => {
    declare(prototype, { name, rule, isRequired: true });
  };
}

/** A field that may be absent, and that is left out, rather than refused, when its value does not fit. */
export function Optional(rule: FieldRule): FieldDecorator {
  return (prototype, name) => {
    IsOptional()(prototype, name);
    declare(prototype, { name, rule, isRequired: false });
  };
}

/** One of a group of fields of which at least one is required. Each of the group gets this decorator. */
export function OneOf<T extends Dto>(
  names: readonly (keyof T & string)[],
  rule: FieldRule,
): (prototype: T, name: keyof T & string) => void {
  return (prototype, name) => {
    ValidateIf((dto: JsonObject) => dto[name] != null || names.every((other) => dto[other] == null))(prototype, name);
    declare(prototype, { name, rule, isRequired: false });
    descriptionOf(prototype).alternatives.add(names);
  };
}

/** Fields that the class does not declare are kept too, as they are; all but `__proto__` and `constructor`. */
export function KeepsUnknownFields(): (type: DtoClass) => void {
  return (type) => {
    descriptionOf(type.prototype).keepsUnknownFields = true;
  };
}

/** What is wrong with the value of a field, without repeating it. */
export function faultOf({ name, rule }: DtoField, value: unknown): string {
  return `${name} ${value == null ? 'should not be null or undefined' : rule.expected(value)}`;
}

function declare(prototype: object, field: DtoField): void {
  const { name, rule } = field;
  descriptionOf(prototype).fields.set(name, field);
  // A DTO holds what was read: a value fits if reading it changes nothing.
  const validate = (value: unknown): boolean => value != null && rule.read(value) === value;
  const defaultMessage = (args?: { value: unknown }): string => faultOf(field, args?.value);
  ValidateBy({ name: rule.name, validator: { validate, defaultMessage } })(prototype, name);
  if (rule.holds !== 'value') ValidateNested()(prototype, name);
}

function valueRule<Value>(
  name: string,
  read: (value: unknown) => Value | undefined,
  expected: (value: unknown) => string = () => 'must be a string',
): ValueRule<Value> {
  return { holds: 'value', name, read, expected };
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function expectedNonEmpty(value: unknown): string {
  return value === '' ? 'should not be empty' : 'must be a string';
}

function readNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || !DECIMAL.test(value)) return undefined;
  const number = Number(value);
  return Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : undefined;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length <= MAX_ELEMENTS;
}

/** An element that is not an object or has another id becomes undefined, which is refused in lists. */
function elementsById(elements: JsonObject): unknown {
  return Object.entries(elements).map(([id, element]) =>
    isJsonObject(element) && CODE.read(element['id'] ?? id) === id ? { ...element, id } : undefined,
  );
}
