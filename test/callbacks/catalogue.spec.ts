import { describe, expect, it } from '@jest/globals';
import { IsInt, validateSync } from 'class-validator';
import {
  ArchiveCallback,
  ArchiveTranscription,
  ArchiveTranscriptionProperties,
} from '../../lib/callbacks/archive.callback.js';
import {
  BroadcastHlsSettings,
  BroadcastSettings,
  BroadcastUrls,
  RtmpTarget,
} from '../../lib/callbacks/broadcast.callback.js';
import { VIDEO_CALLBACK_KINDS, type VideoCallbackKind } from '../../lib/callbacks/callback-kind.js';
import { ComposedStream } from '../../lib/callbacks/common-fields.js';
import {
  SessionCallback,
  SessionConnection,
  SessionStream,
  StreamCreatedCallback,
  UnrecognizedSessionCallback,
} from '../../lib/callbacks/session.callback.js';
import { SipCall, SipCallback, UnrecognizedSipCallback } from '../../lib/callbacks/sip.callback.js';
import {
  EXAMPLES,
  type Payload,
  archive,
  archiveWithTranscription,
  broadcast,
  callDestroyed,
  captions,
  composer,
  connection,
  stream,
  streamCreated,
} from './payloads.js';
import { callbackOf, convertedFields, fieldsOf, paths, usable, violationsOf, without } from './reading.js';

const isId = (name: string): boolean => /id$/i.test(name);

describe('readCallback', () => {
  describe('documented payloads', () => {
    it.each(EXAMPLES)('reads $kind: $name', ({ kind, type, payload }) => {
      const before = structuredClone(payload);

      const { callback, setAside } = usable(kind, payload);

      expect(callback).toBeInstanceOf(type);
      expect(fieldsOf(callback)).toEqual(convertedFields(payload));
      expect(Object.keys(callback).sort()).toEqual(Object.keys(convertedFields(payload)).sort());
      expect(setAside).toEqual([]);
      expect(payload).toEqual(before);
    });

    it('has an example of every kind', () => {
      expect(new Set(EXAMPLES.map(({ kind }) => kind))).toEqual(new Set(VIDEO_CALLBACK_KINDS));
    });

    it.each([
      ['stream', callbackOf('session', streamCreated), 'stream', SessionStream],
      ['call', callbackOf('sip', callDestroyed), 'call', SipCall],
      ['transcription', callbackOf('archive', archiveWithTranscription), 'transcription', ArchiveTranscription],
      [
        'transcriptionProperties',
        callbackOf('archive', { ...archive, transcriptionProperties: {} }),
        'transcriptionProperties',
        ArchiveTranscriptionProperties,
      ],
      ['settings', callbackOf('broadcast', broadcast), 'settings', BroadcastSettings],
      ['settings.hls', callbackOf('broadcast', broadcast).settings, 'hls', BroadcastHlsSettings],
      ['broadcastUrls', callbackOf('broadcast', broadcast), 'broadcastUrls', BroadcastUrls],
    ])('makes an instance of the nested %s', (_path, parent, name, type) => {
      expect(parent).toHaveProperty(name, expect.any(type));
    });

    it('makes instances of what is nested in nested objects and lists', () => {
      const session = callbackOf('session', streamCreated);
      const { streams } = callbackOf('archive', { ...archive, streams: [{ streamId: 'a' }, { streamId: 'b' }] });
      const { broadcastUrls } = callbackOf('broadcast', broadcast);

      expect(session).toBeInstanceOf(StreamCreatedCallback);
      expect(session.event === 'streamCreated' && session.stream.connection).toBeInstanceOf(SessionConnection);
      expect(streams).toEqual([expect.any(ComposedStream), expect.any(ComposedStream)]);
      expect(broadcastUrls?.rtmp).toEqual([expect.any(RtmpTarget)]);
    });
  });

  describe('required fields', () => {
    const REQUIRED: readonly { kind: VideoCallbackKind; payload: Payload; names: readonly string[] }[] = [
      { kind: 'session', payload: streamCreated, names: ['event', 'sessionId', 'stream'] },
      { kind: 'archive', payload: archive, names: ['id', 'status', 'sessionId'] },
      { kind: 'sip', payload: callDestroyed, names: ['event', 'sessionId', 'call'] },
      { kind: 'experienceComposer', payload: composer, names: ['id', 'status', 'sessionId'] },
      { kind: 'broadcast', payload: broadcast, names: ['id', 'status'] },
      { kind: 'captions', payload: captions, names: ['status'] },
    ];
    const cases = REQUIRED.flatMap(({ kind, payload, names }) => names.map((name) => ({ kind, payload, name })));

    it.each(cases)('refuses $kind without $name', ({ kind, payload, name }) => {
      expect(paths(violationsOf(kind, without(payload, name)))).toEqual([name]);
    });

    it.each(cases)('refuses $kind with an unusable $name', ({ kind, payload, name }) => {
      for (const value of [null, '', 42.5, 2 ** 53, true, [], ...(isId(name) ? [] : [42])]) {
        expect(paths(violationsOf(kind, { ...payload, [name]: value }))).toEqual([name]);
      }
    });

    it.each(REQUIRED)('reads $kind with nothing but what is required', ({ kind, payload, names }) => {
      const required = Object.fromEntries(Object.entries(payload).filter(([name]) => names.includes(name)));
      const minimal = kind === 'captions' ? { ...required, captionId: 'c' } : required;

      expect(fieldsOf(usable(kind, minimal).callback)).toEqual(minimal);
    });

    it.each([
      ['session', { ...streamCreated, stream: without(stream, 'id') }, 'stream.id'],
      [
        'session',
        { event: 'connectionCreated', sessionId: 's', connection: { ...connection, id: [] } },
        'connection.id',
      ],
      ['sip', { ...callDestroyed, call: { connectionId: 'c' } }, 'call.id'],
    ] as const)('refuses %s for a nested field, by its path', (kind, payload, path) => {
      expect(paths(violationsOf(kind, payload))).toEqual([path]);
    });

    it('names every field that is missing', () => {
      expect(paths(violationsOf('archive', {}))).toEqual(expect.arrayContaining(['id', 'status', 'sessionId']));
    });

    it('wants one of the two ids of captions, and one that fits', () => {
      expect(violationsOf('captions', without(captions, 'captionId'))).toEqual([
        { path: 'captionId|captionsId', message: 'one of captionId, captionsId is required' },
      ]);
      expect(violationsOf('captions', { status: 'started', captionId: null, captionsId: [] })).toHaveLength(1);
      expect(callbackOf('captions', { status: 'started', captionId: [], captionsId: 'c' })).toEqual(
        expect.objectContaining({ captionsId: 'c' }),
      );
    });
  });

  describe('optional fields', () => {
    it.each([
      ['archive', archive, 'url'],
      ['archive', archive, 'name'],
      ['archive', archive, 'streams'],
      ['archive', archive, 'transcription'],
      ['experienceComposer', composer, 'streamId'],
      ['broadcast', broadcast, 'broadcastUrls'],
      ['captions', captions, 'reason'],
      ['captions', captions, 'captionsId'],
    ] as const)('takes null for absent: %s %#', (kind, payload, name) => {
      const { callback, setAside } = usable(kind, { ...payload, [name]: null });

      expect(callback).not.toHaveProperty(name);
      expect(setAside).toEqual([]);
    });

    it('leaves absent fields absent', () => {
      expect(Object.keys(callbackOf('broadcast', { id: 'b', status: 'live' }))).toEqual(['id', 'status']);
    });

    it('takes null for absent in nested objects and lists', () => {
      const connection = { id: 'c', createdAt: null, data: null };
      const session = callbackOf('session', { ...streamCreated, stream: { ...stream, name: null, connection } });
      const { streams } = callbackOf('archive', { ...archive, streams: [{ streamId: 'a', hasAudio: null }] });

      expect(JSON.parse(JSON.stringify(session))).toEqual({
        ...streamCreated,
        stream: { ...without(stream, 'name'), connection: { id: 'c' } },
      });
      expect(streams?.map(fieldsOf)).toEqual([{ streamId: 'a' }]);
    });

    it.each([
      ['archive', archive, { size: '18023312', createdAt: '1700000200000', updatedAt: '1' }],
      ['archive', archive, { duration: '328', maxBitrate: '1000000', quantizationParameter: '15' }],
      ['session', streamCreated, { timestamp: '1700000046000' }],
      ['session', { event: 'unheardOf' }, { timestamp: '1700000046000' }],
      ['sip', callDestroyed, { timestamp: '1700000301309' }],
      ['sip', { event: 'unheardOf' }, { timestamp: '1700000301309' }],
      ['experienceComposer', composer, { createdAt: '1700000500000', updatedAt: '1' }],
      ['broadcast', broadcast, { createdAt: '1700000500000', updatedAt: '1' }],
      ['broadcast', broadcast, { maxDuration: '5400', maxBitrate: '1000000' }],
      ['captions', captions, { createdAt: '1700000600', updatedAt: '1700000600', duration: '360' }],
    ] as const)('makes numbers of decimal text: %s %#', (kind, payload, texts) => {
      const { callback, setAside } = usable(kind, { ...payload, ...texts });

      expect(callback).toMatchObject(
        Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Number(text)])),
      );
      expect(setAside).toEqual([]);
    });

    it.each([
      ['archive', archive, ['id', 'sessionId', 'projectId', 'partnerId', 'applicationId']],
      ['session', streamCreated, ['sessionId', 'projectId']],
      ['session', { event: 'unheardOf' }, ['sessionId', 'projectId']],
      ['sip', callDestroyed, ['sessionId', 'projectId', 'reason_code']],
      ['sip', { event: 'unheardOf' }, ['sessionId', 'projectId']],
      ['experienceComposer', composer, ['id', 'sessionId', 'streamId']],
      ['broadcast', broadcast, ['id', 'sessionId', 'projectId', 'partnerId']],
      ['captions', captions, ['captionId', 'captionsId', 'sessionId']],
    ] as const)('makes text of ids and codes that are integers: %s %#', (kind, payload, names) => {
      const numbers = Object.fromEntries(names.map((name, index) => [name, 700 + index]));

      const { callback, setAside } = usable(kind, { ...payload, ...numbers });

      expect(callback).toMatchObject(Object.fromEntries(names.map((name, index) => [name, String(700 + index)])));
      expect(setAside).toEqual([]);
    });

    it('converts numbers and ids in nested objects and lists', () => {
      const connection = { id: 7, createdAt: '1700000001143' };
      const nested = { ...stream, id: 8, createdAt: '1700000045416', connection };

      expect(callbackOf('session', { ...streamCreated, stream: nested })).toMatchObject({
        stream: { id: '8', createdAt: 1700000045416, connection: { id: '7', createdAt: 1700000001143 } },
      });
      expect(callbackOf('sip', { ...callDestroyed, call: { id: 1, connectionId: 2, createdAt: '3' } })).toMatchObject({
        call: { id: '1', connectionId: '2', createdAt: 3 },
      });
      expect(callbackOf('archive', { ...archive, streams: [{ streamId: 5 }] }).streams).toMatchObject([
        { streamId: '5' },
      ]);
    });

    it.each([
      ['0', 0],
      ['18023312', 18023312],
      ['12.5', 12.5],
      ['328.0', 328],
      ['-1', -1],
      ['9007199254740991', Number.MAX_SAFE_INTEGER],
      ['-9007199254740991', Number.MIN_SAFE_INTEGER],
    ])('takes the text "%s" for a number', (text, number) => {
      expect(callbackOf('archive', { ...archive, size: text })).toHaveProperty('size', number);
    });

    it.each([
      ...['', ' ', ' 7 ', '7\n', '+7', '1e3', '1E3', '0x10', '0b1', '0o7', '007', '-07', '1_000', '1,000', '.5', '5.'],
      ...['--1', '-', '1.2.3', 'NaN', 'Infinity', '-Infinity', 'size', '٣', '1n'],
    ])('does not take the text "%s" for a number', (text) => {
      const { callback, setAside } = usable('archive', { ...archive, size: text });

      expect(setAside).toEqual([{ path: 'size', message: 'size must be a number' }]);
      expect(callback).not.toHaveProperty('size');
    });

    it.each(['9007199254740992', '-9007199254740992', '18446744073709551615', '9007199254740991.9', '9'.repeat(400)])(
      'does not convert the text "%s", which would lose digits',
      (text) => {
        const { callback, setAside } = usable('archive', { ...archive, size: text });

        expect(setAside).toEqual([{ path: 'size', message: 'size must not be beyond the safe integers' }]);
        expect(callback).not.toHaveProperty('size');
      },
    );

    it.each([2 ** 53, -(2 ** 53), 1.5, 1e21, JSON.parse('1e400') as number])(
      'does not take the number %s for an id',
      (number) => {
        const { callback, setAside } = usable('archive', { ...archive, projectId: number });

        expect(paths(setAside)).toEqual(['projectId']);
        expect(callback).not.toHaveProperty('projectId');
      },
    );

    it.each([
      ['archive', 'status', 'transmogrified'],
      ['archive', 'resolution', '3840x2160'],
      ['archive', 'event', 'archive.v2'],
      ['broadcast', 'status', 'live'],
      ['captions', 'status', 'resumed'],
      ['experienceComposer', 'status', 'frozen'],
    ] as const)('takes values that are not known: %s %s', (kind, name, value) => {
      const payload = { archive, broadcast, captions, experienceComposer: composer }[kind];

      expect(callbackOf(kind, { ...payload, [name]: value })).toHaveProperty(name, value);
    });

    it.each([
      ['a scalar', 'archive', { ...archive, duration: true }, 'duration'],
      ['a time', 'session', { ...streamCreated, timestamp: { ms: 1 } }, 'timestamp'],
      ['a boolean', 'archive', { ...archive, hasAudio: 'true' }, 'hasAudio'],
      ['a number out of range', 'archive', { ...archive, duration: JSON.parse('1e999') as unknown }, 'duration'],
      ['an owner', 'session', { ...streamCreated, projectId: { id: 1 } }, 'projectId'],
      ['a list in place of an object', 'archive', { ...archive, transcription: [] }, 'transcription'],
      ['an object in place of a list', 'archive', { ...archive, streams: {} }, 'streams'],
      ['a list of what is no object', 'archive', { ...archive, streams: [{ streamId: 'a' }, 'b'] }, 'streams'],
      ['a list that is too long', 'archive', { ...archive, streams: Array(1001).fill({ streamId: 'a' }) }, 'streams'],
      [
        'text in place of RTMP targets',
        'broadcast',
        { ...broadcast, broadcastUrls: { rtmp: 'x' } },
        'broadcastUrls.rtmp',
      ],
      ['a field of a required object', 'session', { ...streamCreated, stream: { ...stream, name: 5 } }, 'stream.name'],
      [
        'a connection of a stream that is no object',
        'session',
        { ...streamCreated, stream: { ...stream, connection: 'c' } },
        'stream.connection',
      ],
      ["a call's connection", 'sip', { ...callDestroyed, call: { id: 'i', connectionId: [7] } }, 'call.connectionId'],
      [
        "an empty id of a call's connection",
        'sip',
        { ...callDestroyed, call: { id: 'i', connectionId: '' } },
        'call.connectionId',
      ],
      [
        'a field of a required object in a required object',
        'session',
        { ...streamCreated, stream: { ...stream, connection: { ...connection, data: {} } } },
        'stream.connection.data',
      ],
      [
        'an optional field of an element',
        'archive',
        { ...archive, streams: [{ streamId: 'a' }, { streamId: 'b', hasAudio: 1 }] },
        'streams[1].hasAudio',
      ],
    ] as const)('sets aside %s that does not fit', (_what, kind, payload, path) => {
      const { callback, setAside } = usable(kind, payload);

      expect(paths(setAside)).toEqual([path]);
      expect(callback).not.toHaveProperty(path);
    });

    it('sets aside the nearest optional whole of a required field', () => {
      const payload = { ...archive, streams: [{ streamId: 'a' }, { hasAudio: true }] };

      const { callback, setAside } = usable('archive', payload);

      expect(paths(setAside)).toEqual(['streams[1].streamId']);
      expect(callback).not.toHaveProperty('streams');
      expect(fieldsOf(callback)).toEqual(convertedFields(without(payload, 'streams')));
    });

    it.each([
      ['absent', without(stream, 'connection')],
      ['null', { ...stream, connection: null }],
      ['without an id', { ...stream, connection: { data: 'd' } }],
    ] as const)('takes a stream whose connection is %s', (_what, of) => {
      const { callback } = usable('session', { ...streamCreated, stream: of });

      expect(callback).toBeInstanceOf(StreamCreatedCallback);
      expect(callback).toHaveProperty('stream.id', stream.id);
    });

    it.each([[{ id: 'i' }], [{ id: 'i', connectionId: null }]])('takes a call without a connection: %j', (call) => {
      const { callback, setAside } = usable('sip', { ...callDestroyed, call });

      expect(callback).toHaveProperty('call', { id: 'i' });
      expect(setAside).toEqual([]);
    });

    it('sets aside no more than what does not fit', () => {
      const wrongName = { ...stream, name: 5 };

      const callback = callbackOf('session', { ...streamCreated, stream: wrongName });

      expect(callback.event === 'streamCreated' && fieldsOf(callback.stream)).toEqual(without(stream, 'name'));
    });

    it('keeps an optional whole of which only an optional part does not fit', () => {
      const streams = [{ streamId: 'a' }, { streamId: 'b', hasAudio: 1 }];
      const rtmp = 'rtmps://rtmp.example';

      expect(callbackOf('archive', { ...archive, streams }).streams).toMatchObject([
        { streamId: 'a' },
        { streamId: 'b' },
      ]);
      expect(callbackOf('broadcast', { ...broadcast, broadcastUrls: { hls: 'h', rtmp } }).broadcastUrls).toMatchObject({
        hls: 'h',
      });
    });

    it.each([
      ['without ids of their own', { foo: { streamName: 'main' }, constructor: {} }, ['foo', 'constructor']],
      ['with the same ids', { foo: { id: 'foo' }, 7: { id: 7 }, bar: { id: null } }, ['7', 'foo', 'bar']],
      ['whose name means something in JavaScript', JSON.parse('{"__proto__":{}}') as Payload, ['__proto__']],
    ] as const)('makes a list of RTMP targets by id, %s', (_, rtmp, ids) => {
      const { callback, setAside } = usable('broadcast', { ...broadcast, broadcastUrls: { rtmp } });

      expect(callback.broadcastUrls?.rtmp?.map(({ id }) => id)).toEqual(ids);
      expect(callback.broadcastUrls?.rtmp).toEqual(ids.map(() => expect.any(RtmpTarget)));
      expect(setAside).toEqual([]);
    });

    it.each([
      ['one that is no object', { foo: { id: 'foo' }, bar: 5 }],
      ['another id inside', { foo: { id: 'bar' } }],
      ['more than 1000', Object.fromEntries(Array.from({ length: 1001 }, (_, id) => [id, {}]))],
    ])('sets aside RTMP targets by id with %s', (_, rtmp) => {
      const { callback, setAside } = usable('broadcast', { ...broadcast, broadcastUrls: { hls: 'h', rtmp } });

      expect(paths(setAside)).toEqual(['broadcastUrls.rtmp']);
      expect(callback.broadcastUrls).toEqual(expect.objectContaining({ hls: 'h' }));
    });
  });

  describe('classes', () => {
    class Lesson extends ArchiveCallback {
      @IsInt()
      room!: number;
    }
    const lesson = (fields: object): Lesson => Object.assign(new Lesson(), callbackOf('archive', archive), fields);
    const faulty = (dto: object): string[] => validateSync(dto).map(({ property }) => property);

    it('can be extended and validated by the application', () => {
      expect(faulty(lesson({ room: 7 }))).toEqual([]);
      expect(faulty(lesson({ room: '7' }))).toEqual(['room']);
      expect(faulty(lesson({ room: 7, size: '18023312', id: '' }))).toEqual(expect.arrayContaining(['size', 'id']));
    });

    it('describe to class-validator what is wrong in the words of the reader', () => {
      const [violation] = violationsOf('archive', { ...archive, id: '' });
      const [error] = validateSync(lesson({ room: 7, id: '' }));

      expect(Object.values(error?.constraints ?? {})).toEqual([violation?.message]);
    });
  });

  describe('what is not known', () => {
    it('leaves unknown fields out, on every level', () => {
      const payload = { ...streamCreated, region: 'eu', stream: { ...stream, codec: 'vp8' } };

      expect(callbackOf('session', payload)).toStrictEqual(callbackOf('session', streamCreated));
    });

    it.each([
      ['session', UnrecognizedSessionCallback, { ...streamCreated, event: 'streamUpdated' }],
      ['session', UnrecognizedSessionCallback, callDestroyed],
      ['session', UnrecognizedSessionCallback, { event: 'unheardOf' }],
      ['sip', UnrecognizedSipCallback, { ...callDestroyed, event: 'callRecorded', digits: [1, { deep: null }] }],
    ] as const)('hands on an unknown %s event with all of its fields: %#', (kind, type, payload) => {
      const { callback, setAside } = usable(kind, payload);

      expect(callback).toBeInstanceOf(type);
      expect(fieldsOf(callback)).toEqual(payload);
      expect(setAside).toEqual([]);
    });

    it('sets aside a declared field of an unknown event that does not fit', () => {
      const { callback, setAside } = usable('session', { event: 'unheardOf', sessionId: 5.5, other: 5 });

      expect(fieldsOf(callback)).toEqual({ event: 'unheardOf', other: 5 });
      expect(paths(setAside)).toEqual(['sessionId']);
    });

    it('is an instance of the union of its kind all the same, as what is known is, and of no other', () => {
      const events = ['connectionCreated', 'streamDestroyed', 'unheardOf'];
      const ofSession = events.map((event) => callbackOf('session', { ...streamCreated, connection: stream, event }));
      const ofSip = ['callDestroyed', 'unheardOf'].map((event) => callbackOf('sip', { ...callDestroyed, event }));

      for (const callback of ofSession) expect(callback).toBeInstanceOf(SessionCallback);
      for (const callback of ofSip) expect(callback).toBeInstanceOf(SipCallback);
      for (const callback of ofSip) expect(callback).not.toBeInstanceOf(SessionCallback);
      for (const other of [...ofSession, streamCreated, null, undefined, 'text']) {
        expect(other instanceof SipCallback).toBe(false);
      }
    });

    it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('takes "%s" for an unknown event', (event) => {
      expect(callbackOf('session', { ...streamCreated, event })).toBeInstanceOf(UnrecognizedSessionCallback);
      expect(callbackOf('sip', { ...callDestroyed, event })).toBeInstanceOf(UnrecognizedSipCallback);
    });
  });

  describe('hostile payloads', () => {
    const HOSTILE =
      '"__proto__":{"polluted":true,"name":"inherited"},"constructor":5,"toString":"x","hasOwnProperty":null,"then":1';
    const hostile = (payload: object): Record<string, unknown> =>
      JSON.parse(JSON.stringify(payload).replace(/^\{/, `{${HOSTILE},`)) as Record<string, unknown>;

    it.each(EXAMPLES)(
      'takes no harm from names that mean something in JavaScript: $kind, $name',
      ({ kind, payload }) => {
        const { callback, setAside } = usable(kind, hostile(payload));

        expect(callback).toStrictEqual(usable(kind, payload).callback);
        expect(setAside).toEqual([]);
        expect({}).not.toHaveProperty('polluted');
      },
    );

    it('takes no harm from them in nested objects', () => {
      const payload = { ...streamCreated, stream: hostile({ ...stream, connection: hostile(connection) }) };

      expect(callbackOf('session', payload)).toStrictEqual(callbackOf('session', streamCreated));
    });

    it('keeps them on an unrecognized callback, but for __proto__ and constructor', () => {
      const callback = callbackOf('session', hostile({ event: 'unheardOf' }));

      expect(Object.keys(callback).sort()).toEqual(['event', 'hasOwnProperty', 'then', 'toString']);
      expect(Object.getPrototypeOf(callback)).toBe(UnrecognizedSessionCallback.prototype);
      expect(callback).not.toHaveProperty('polluted');
    });

    it('reads no inherited field', () => {
      expect(
        paths(violationsOf('broadcast', Object.create({ id: 'b', status: 'started' }) as object as never)),
      ).toEqual(expect.arrayContaining(['id', 'status']));
    });

    it.each(['streams', 'transcription', 'name', 'projectId', 'unknown'])('takes any depth in "%s"', (name) => {
      const depth = 100_000;
      const json = `{"id":"a","status":"started","sessionId":"s","${name}":${'['.repeat(depth)}${']'.repeat(depth)}}`;

      const callback = callbackOf('archive', JSON.parse(json) as Record<string, unknown>);

      expect(Object.keys(callback)).toEqual(['id', 'status', 'sessionId']);
    });

    it('never repeats a value of the payload', () => {
      const secret = 'hunter2 $value $target';
      const wrong = { toString: secret };
      const everywhere = Object.fromEntries(Object.keys(archive).map((name) => [name, [wrong, secret]]));
      const nested = {
        ...archive,
        streams: [{ streamId: [secret], hasAudio: secret }],
        transcription: { url: [secret] },
      };

      const messages = [
        ...violationsOf('archive', everywhere),
        ...usable('archive', { ...everywhere, id: 'a', status: 's', sessionId: 's' }).setAside,
        ...usable('archive', nested).setAside,
        ...violationsOf('captions', { captionId: [secret] }),
      ];

      expect(messages.length).toBeGreaterThan(20);
      expect(JSON.stringify(messages)).not.toMatch(/hunter2|\$/);
    });
  });
});
