import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { type ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { readDto } from '../../lib/callbacks/dto-reader.js';
import { type JsonObject } from '../../lib/callbacks/json-object.js';
import { callbackSchema } from '../../lib/swagger/index.js';
import { isJsonObject } from '../../lib/callbacks/json-object.js';
import { CLASSES, payloadFor } from './dto-payloads.js';
import { holds } from './holds.js';

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

  it('finds fault with the fields that are set aside, and refuses what is refused', () =>
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
      200,
    ));
});
