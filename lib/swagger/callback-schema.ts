import { CATALOGUE } from '../callbacks/catalogue.js';
import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import {
  BOOLEAN,
  CODE,
  descriptionOf,
  type DtoClass,
  type DtoField,
  type FieldRule,
  ID,
  NON_EMPTY_TEXT,
  NUMBER,
  TEXT,
} from '../callbacks/dto.decorators.js';
import * as catalogue from '../callbacks/index.js';
import { CLASS_TEXTS, KIND_TEXTS } from './descriptions.js';

/**
 * A JSON Schema (2020-12) of what Vonage sends, or a schema object of OpenAPI: the keywords that these schemas have.
 */
export interface CallbackSchema {
  $schema?: string;
  $ref?: string;
  $defs?: Record<string, CallbackSchema>;
  description?: string;
  type?: string | string[];
  /** OpenAPI 3.0 only, where no list of types may contain `null`. */
  nullable?: boolean;
  const?: string;
  enum?: string[];
  /** OpenAPI 3.0 only, which has no `examples` here. */
  example?: string;
  examples?: string[];
  pattern?: string;
  minLength?: number;
  properties?: Record<string, CallbackSchema>;
  additionalProperties?: CallbackSchema | boolean;
  required?: string[];
  items?: CallbackSchema;
  allOf?: CallbackSchema[];
  anyOf?: CallbackSchema[];
  oneOf?: CallbackSchema[];
  not?: CallbackSchema;
}

/** What has a schema: a kind, or a class of the catalogue. */
type Described = VideoCallbackKind | DtoClass;

/** What a field may be sent as: the documented type first, then what is converted to it. */
const VALUES: ReadonlyMap<FieldRule, CallbackSchema> = new Map<FieldRule, CallbackSchema>([
  [TEXT, { type: 'string' }],
  [NON_EMPTY_TEXT, { type: 'string', minLength: 1 }],
  [CODE, { type: ['string', 'integer'] }],
  [ID, { type: ['string', 'integer'], minLength: 1 }],
  [BOOLEAN, { type: 'boolean' }],
  [NUMBER, { type: ['number', 'string'], pattern: '^-?(0|[1-9]\\d*)(\\.\\d+)?$' }],
]);

interface ClassesOfKind {
  readonly byEvent: ReadonlyMap<unknown, DtoClass>;
  readonly otherwise: DtoClass;
}

const CLASSES: Readonly<Record<VideoCallbackKind, ClassesOfKind>> = CATALOGUE;

/** The `event` of each class of a union. */
const EVENTS = new Map(Object.values(CLASSES).flatMap(eventsOf));

/** The exported name of each class: a bundler may have shortened the one that the class itself has. */
const NAMES = new Map<unknown, string>(Object.entries(catalogue).map(([name, exported]) => [exported, name]));

/**
 * The JSON Schema (2020-12) of the callbacks of a kind, or of one DTO class, for contract tests and other documents. It
 * describes what Vonage sends and is as tolerant as the module: a number may be sent as a string, an id as a number, an
 * optional field as `null`, and unknown fields, events and statuses are permitted. Known values are `examples`.
 *
 * @throws {TypeError} if the class declares no field of a callback
 *
 * @example
 * const validate = new Ajv2020().compile(callbackSchema('archive'));
 */
export function callbackSchema(of: VideoCallbackKind | (new () => object)): CallbackSchema {
  const { references, schemas } = schemasOf([of], '#/$defs/');
  const [reference] = references;
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', ...reference, $defs: schemas };
}

/**
 * The schemas of kinds and classes, and of all classes in them, by name; and references to those that were asked for.
 *
 * @param prefix put in front of the names in references
 */
export function schemasOf(
  wanted: readonly Described[],
  prefix: string,
): { references: CallbackSchema[]; schemas: Record<string, CallbackSchema> } {
  const schemas = new Map<string, CallbackSchema>();
  const refer = (to: Described): CallbackSchema => {
    const name = nameOf(to);
    if (!schemas.has(name)) {
      // Reserve its place before its fields are read, so that outer schemas come before inner ones.
      schemas.set(name, {});
      schemas.set(name, typeof to === 'string' ? schemaOfKind(to, refer) : schemaOfClass(to, refer));
    }
    return { $ref: prefix + name };
  };
  return { references: wanted.map(refer), schemas: Object.fromEntries(schemas) };
}

type Refer = (to: DtoClass) => CallbackSchema;

/** A kind with a single class has the name of the class. */
function nameOf(of: Described): string {
  if (typeof of !== 'string') return NAMES.get(of) ?? of.prototype.constructor.name;
  const { byEvent, otherwise } = CLASSES[of];
  return byEvent.size === 0 ? nameOf(otherwise) : `${of.charAt(0).toUpperCase()}${of.slice(1)}Callback`;
}

function schemaOfKind(kind: VideoCallbackKind, refer: Refer): CallbackSchema {
  const { byEvent, otherwise } = CLASSES[kind];
  if (byEvent.size === 0) return schemaOfClass(otherwise, refer);
  return { description: KIND_TEXTS[kind], oneOf: [...byEvent.values(), otherwise].map(refer) };
}

function schemaOfClass(type: DtoClass, refer: Refer): CallbackSchema {
  const { fields, alternatives, keepsUnknownFields } = descriptionOf(type.prototype);
  if (fields.size === 0) throw new TypeError(`${nameOf(type)} declares no field of a callback.`);
  const declared = [...fields.values()];
  const schema: CallbackSchema = {
    type: 'object',
    properties: Object.fromEntries(declared.map((field) => [field.name, schemaOfField(type, field, refer)])),
  };
  const description = CLASS_TEXTS[nameOf(type)]?.description;
  if (description !== undefined) schema.description = description;
  const required = declared.filter(({ isRequired }) => isRequired).map(({ name }) => name);
  if (required.length > 0) schema.required = required;
  if (alternatives.size > 0) {
    schema.allOf = [...alternatives].map((names) => ({
      anyOf: names.map((name) => ({ required: [name], properties: { [name]: schemaOfRule(fields.get(name), refer) } })),
    }));
  }
  if (keepsUnknownFields) schema.additionalProperties = true;
  return schema;
}

function schemaOfField(type: DtoClass, field: DtoField, refer: Refer): CallbackSchema {
  const schema = schemaOfRule(field, refer);
  const [description, ...examples] = textsOf(type.prototype, field.name);
  return {
    ...(field.isRequired ? schema : orNull(schema)),
    ...(field.name === 'event' ? EVENTS.get(type) : {}),
    ...(description === undefined ? {} : { description }),
    ...(examples.length > 0 ? { examples } : {}),
  };
}

function schemaOfRule(field: DtoField | undefined, refer: Refer): CallbackSchema {
  if (field === undefined) return {};
  const { rule } = field;
  if (rule.holds === 'value') return { ...VALUES.get(rule) };
  const element = refer(rule.type());
  if (rule.holds === 'object') return element;
  const list: CallbackSchema = { type: 'array', items: element };
  // Some lists may be sent as an object with the elements by id. Those accept an empty object.
  const isTakenById = rule.read({}) !== undefined;
  return isTakenById ? { anyOf: [list, { type: 'object', additionalProperties: element }] } : list;
}

function orNull(schema: CallbackSchema): CallbackSchema {
  const { type, anyOf = [schema] } = schema;
  return type === undefined ? { anyOf: [...anyOf, { type: 'null' }] } : { ...schema, type: [type, 'null'].flat() };
}

/** What the class that declares the field says of it: the description, then the known values. */
function textsOf(prototype: object, field: string): readonly string[] {
  const texts = CLASS_TEXTS[NAMES.get(prototype.constructor) ?? '']?.fields[field];
  const parent: unknown = Object.getPrototypeOf(prototype);
  return texts ?? (typeof parent === 'object' && parent !== null ? textsOf(parent, field) : []);
}

/** One event for each class, and every other event for the class of unrecognized callbacks. */
function eventsOf({ byEvent, otherwise }: ClassesOfKind): [DtoClass, CallbackSchema][] {
  const events = [...byEvent.keys()].map(String);
  if (events.length === 0) return [];
  const known = [...byEvent].map(([event, type]): [DtoClass, CallbackSchema] => [type, { const: String(event) }]);
  return [...known, [otherwise, { not: { enum: events } }]];
}
