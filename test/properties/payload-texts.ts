import fc from 'fast-check';
import { VIDEO_CALLBACK_KINDS, type VideoCallbackKind } from '../../lib/index.js';
import { PAYLOADS } from '../support/payloads.js';
import { jsonMembers, jsonText } from './json-texts.js';

/** Names that the DTOs declare, of the fields that hold more than a value first. */
const FIELDS = [
  ...['connection', 'stream', 'streams', 'call', 'broadcastUrls', 'settings', 'transcription', 'videoDimensions'],
  ...['timestamp', 'updatedAt', 'createdAt', 'event', 'status', 'sessionId', 'id', 'captionId', 'projectId', 'reason'],
  ...['applicationId', 'partnerId', 'size', 'duration', 'resolution', 'state', 'url', 'rtmp', 'hls'],
] as const;

export const kind: fc.Arbitrary<VideoCallbackKind> = fc.constantFrom(...VIDEO_CALLBACK_KINDS);

const textOf = (payload: Readonly<Record<string, unknown>>): string => JSON.stringify(payload);

const EVENTS = [
  ...['connectionCreated', 'connectionDestroyed', 'streamCreated', 'streamDestroyed', 'streamUpdated'],
  ...['callCreated', 'callUpdated', 'callDestroyed', 'muteForced', 'not known yet'],
];

/** A realistic payload some fields of which are any JSON; where it names its event, of any event. */
const otherFields = (of: VideoCallbackKind): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(...EVENTS),
      fc.dictionary(fc.constantFrom(...FIELDS, ...Object.keys(PAYLOADS[of])), jsonText(), { maxKeys: 3 }),
    )
    .map(([event, others]) => {
      const payload = 'event' in PAYLOADS[of] && of !== 'archive' ? { ...PAYLOADS[of], event } : PAYLOADS[of];
      const replaced = Object.entries(others).map(([name, json]) => `,${JSON.stringify(name)}:${json}`);
      return `${textOf(payload).slice(0, -1)}${replaced.join('')}}`;
    });

/** A realistic payload with more members, in front or behind. */
const moreMembers = (of: VideoCallbackKind): fc.Arbitrary<string> =>
  fc.tuple(jsonMembers(), fc.boolean()).map(([members, inFront]) => {
    const own = textOf(PAYLOADS[of]).slice(1, -1);
    return `{${(inFront ? [members, own] : [own, members]).filter((part) => part !== '').join(',')}}`;
  });

/** The text of any JSON document that might come as a callback of a kind. */
export const payloadText = (of: VideoCallbackKind): fc.Arbitrary<string> =>
  fc.oneof({ arbitrary: otherFields(of), weight: 3 }, { arbitrary: moreMembers(of), weight: 2 }, jsonText());

/** Any bytes, and those of payloads with a piece replaced by others. */
export const payloadBytes = (of: VideoCallbackKind): fc.Arbitrary<Buffer> =>
  fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.tuple(fc.nat(600), fc.nat(3), fc.uint8Array({ maxLength: 4 })).map(([at, length, piece]) => {
      const bytes = Buffer.from(textOf(PAYLOADS[of]));
      const start = at % bytes.length;
      return Buffer.concat([bytes.subarray(0, start), piece, bytes.subarray(start + length)]);
    }),
  );
