import { type CallbackSchema } from './callback-schema.js';

/**
 * Converts a schema to the older dialect of OpenAPI 3.0: no lists of types, no `null`, no `const`, nothing beside a
 * reference, and one example. The description names all known values instead.
 */
export function toOpenApi30(schema: CallbackSchema): CallbackSchema {
  const { type, $ref, anyOf = [], pattern, minLength, const: only, examples, ...rest } = schema;
  const ofText = { ...(pattern === undefined ? {} : { pattern }), ...(minLength === undefined ? {} : { minLength }) };
  const types = [type ?? []].flat();
  const isNullable = [...types, ...anyOf.map((one) => one.type)].includes('null');
  const alternatives: CallbackSchema[] = [
    ...types.map((one) => (one === 'string' ? { type: one, ...ofText } : { type: one })),
    ...anyOf.map(toOpenApi30),
    ...($ref === undefined ? [] : [{ $ref }]),
  ].filter((one) => one.type !== 'null');
  return {
    ...withConvertedParts(rest),
    ...joined(alternatives, isNullable, Object.keys(rest).length > 0),
    ...(only === undefined ? {} : { enum: [only] }),
    ...example(rest.description, examples),
  };
}

function joined(alternatives: CallbackSchema[], isNullable: boolean, hasSiblings: boolean): CallbackSchema {
  const [first, ...others] = alternatives;
  if (first === undefined) return {};
  const nullable = isNullable ? { nullable: true } : {};
  // `nullable` belongs beside a type.
  if (others.length > 0) return { anyOf: [{ ...first, ...nullable }, ...others] };
  if (first.$ref === undefined) return { ...first, ...nullable };
  return isNullable || hasSiblings ? { allOf: [first], ...nullable } : first;
}

function withConvertedParts(schema: CallbackSchema): CallbackSchema {
  const { properties, items, allOf } = schema;
  const converted = { ...schema };
  if (items !== undefined) converted.items = toOpenApi30(items);
  if (allOf !== undefined) converted.allOf = allOf.map(toOpenApi30);
  if (properties !== undefined) {
    const entries = Object.entries(properties).map(([name, field]) => [name, toOpenApi30(field)] as const);
    converted.properties = Object.fromEntries(entries);
  }
  return converted;
}

function example(description: string | undefined, values: readonly string[] = []): CallbackSchema {
  const [first] = values;
  if (first === undefined) return {};
  const known = `Known values: ${values.map((value) => `\`${value}\``).join(', ')}.`;
  return { example: first, description: description === undefined ? known : `${description} ${known}` };
}
