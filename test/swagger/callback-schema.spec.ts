import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { join } from 'node:path';
import { VIDEO_CALLBACK_KINDS, type VideoCallbackKind } from '../../lib/callbacks/callback-kind.js';
import { ArchiveCallback, SessionConnection } from '../../lib/callbacks/index.js';
import { callbackSchema, type CallbackSchema } from '../../lib/swagger/index.js';
import { callbackFixtures } from '../../lib/testing/index.js';
import { EXAMPLES, streamCreated } from '../callbacks/payloads.js';
import { run } from '../support/run.js';

const ajv = new Ajv2020({ allowUnionTypes: true, strictRequired: false });
const validators = new Map(VIDEO_CALLBACK_KINDS.map((kind) => [kind, ajv.compile(callbackSchema(kind))]));

const accepts = (kind: VideoCallbackKind, payload: unknown): boolean => validators.get(kind)?.(payload) === true;

const without = (payload: object, field: string): object =>
  Object.fromEntries(Object.entries(payload).filter(([name]) => name !== field));

/** A schema and all in it, but what it excludes. */
const withParts = (schema: CallbackSchema): CallbackSchema[] => {
  const {
    $defs = {},
    properties = {},
    items = [],
    additionalProperties = [],
    allOf = [],
    anyOf = [],
    oneOf = [],
  } = schema;
  const parts = [$defs, properties].flatMap((part) => Object.values(part));
  const more = [items, additionalProperties, allOf, anyOf, oneOf].flat().filter((part) => typeof part === 'object');
  return [schema, ...[...parts, ...more].flatMap(withParts)];
};

const FIXTURES = callbackFixtures();
const NAMES_OF_REQUIRED = ['id', 'sessionId', 'event', 'status', 'captionId', 'call', 'connection', 'stream'];

describe('the JSON Schema of a kind', () => {
  it('accepts every fixture', () => {
    expect(FIXTURES.filter(({ kind, payload }) => !accepts(kind, payload))).toEqual([]);
  });

  it('accepts every documented callback, as the one of its class alone does', () => {
    const ofTypes = new Map(EXAMPLES.map(({ type }) => [type, ajv.compile(callbackSchema(type))]));

    expect(EXAMPLES.filter(({ kind, payload }) => !accepts(kind, payload))).toEqual([]);
    expect(EXAMPLES.filter(({ type, payload }) => ofTypes.get(type)?.(payload) !== true)).toEqual([]);
  });

  it.each(VIDEO_CALLBACK_KINDS)('refuses a %s fixture without a field that its class requires', (kind) => {
    const fixtures = FIXTURES.filter((fixture) => fixture.kind === kind);
    const refused = fixtures.flatMap(({ payload }) =>
      NAMES_OF_REQUIRED.filter((name) => name in payload && !accepts(kind, without(payload, name))),
    );

    const expected = {
      session: ['sessionId', 'event', 'connection', 'stream'],
      archive: ['id', 'sessionId', 'status'],
      sip: ['sessionId', 'event', 'call'],
      experienceComposer: ['id', 'sessionId', 'status'],
      broadcast: ['id', 'status'],
      captions: ['captionId', 'status'],
    };
    expect([...new Set(refused)].sort()).toEqual(expected[kind].sort());
  });

  it('accepts what Vonage may add: fields, statuses and events', () => {
    const [archive] = FIXTURES.filter(({ kind }) => kind === 'archive');

    expect(accepts('archive', { ...archive?.payload, status: 'frozen', added: { deep: [1] } })).toBe(true);
    expect(accepts('session', { ...streamCreated, event: 'streamPraised', praise: 5 })).toBe(true);
  });

  it('accepts numbers as text, ids as numbers and optional fields as null, as the module does', () => {
    const [archive] = FIXTURES.filter(({ kind }) => kind === 'archive');

    expect(accepts('archive', { ...archive?.payload, size: '18023312', id: 7, name: null, transcription: null })).toBe(
      true,
    );
  });

  it.each([
    ['a number that is no decimal text', { size: '0x10' }],
    ['a required field that is null', { id: null }],
    ['an empty id', { id: '' }],
    ['a string that is a number', { name: 7 }],
    ['a list of something else', { streams: ['a'] }],
  ])('refuses %s', (_, fields) => {
    const [archive] = FIXTURES.filter(({ kind }) => kind === 'archive');

    expect(accepts('archive', { ...archive?.payload, ...fields })).toBe(false);
  });

  it('refuses a known event without the fields of that event', () => {
    expect(accepts('session', { event: 'streamCreated', sessionId: '2_MX4' })).toBe(false);
  });

  it('refuses captions whose only id is null', () => {
    expect(accepts('captions', { status: 'started', captionId: null })).toBe(false);
    expect(accepts('captions', { status: 'started', captionId: null, captionsId: 'c' })).toBe(true);
  });

  it.each(VIDEO_CALLBACK_KINDS)(
    '%s has a type and a description for every field, and no closed enumeration',
    (kind) => {
      const parts = withParts(callbackSchema(kind));
      const objects = parts.filter(({ properties, type }) => properties !== undefined && type === 'object');
      const fields = objects.flatMap(({ properties = {} }) => Object.entries(properties));

      expect(objects.filter(({ description }) => description === undefined)).toEqual([]);
      expect(fields.filter(([, { description }]) => description === undefined)).toEqual([]);
      expect(
        fields.filter(([, { type, $ref, anyOf, not, const: only }]) => !(type ?? $ref ?? anyOf ?? not ?? only)),
      ).toEqual([]);
      expect(parts.filter((part) => part.enum !== undefined)).toEqual([]);
    },
  );

  it('names the known values of an open enumeration as examples', () => {
    const { $defs } = callbackSchema('archive');

    expect($defs?.['ArchiveCallback']?.properties?.['status']).toEqual({
      type: 'string',
      minLength: 1,
      description: 'How far the archive is.',
      examples: ['started', 'paused', 'stopped', 'uploaded', 'available', 'expired', 'failed', 'deleted'],
    });
  });
});

describe('the JSON Schema of a class', () => {
  it('describes a class that an application derives', () => {
    class LessonArchive extends ArchiveCallback {}
    const { $defs } = callbackSchema(LessonArchive);

    expect($defs?.['LessonArchive']?.properties).toEqual(
      callbackSchema('archive').$defs?.['ArchiveCallback']?.properties,
    );
  });

  it('describes a class of an object within a callback', () => {
    expect(callbackSchema(SessionConnection)).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $ref: '#/$defs/SessionConnection',
      $defs: { SessionConnection: { required: ['id'] } },
    });
  });

  it('refuses a class that is none of a callback', () => {
    expect(() => callbackSchema(class Other extends Date {})).toThrow(
      new TypeError('Other declares no field of a callback.'),
    );
  });
});

describe('the descriptions', () => {
  it('are those of the doc comments: npm run describe', async () => {
    const root = join(import.meta.dirname, '../..');

    expect(await run(process.execPath, ['scripts/describe-callbacks.js', '--check'], root)).toEqual({
      code: 0,
      output: '',
    });
  });
});
