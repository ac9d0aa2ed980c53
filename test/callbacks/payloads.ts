import { type VideoCallbackKind } from '../../lib/callbacks/callback-kind.js';
import { ArchiveCallback } from '../../lib/callbacks/archive.callback.js';
import { BroadcastCallback } from '../../lib/callbacks/broadcast.callback.js';
import { CaptionsCallback } from '../../lib/callbacks/captions.callback.js';
import { ExperienceComposerCallback } from '../../lib/callbacks/experience-composer.callback.js';
import {
  ConnectionCreatedCallback,
  ConnectionDestroyedCallback,
  SessionCreatedCallback,
  SessionDestroyedCallback,
  SessionNotificationCallback,
  StreamCreatedCallback,
  StreamDestroyedCallback,
} from '../../lib/callbacks/session.callback.js';
import {
  CallCreatedCallback,
  CallDestroyedCallback,
  CallUpdatedCallback,
  MuteForcedCallback,
} from '../../lib/callbacks/sip.callback.js';

export type Payload = Record<string, unknown>;

interface Example {
  readonly kind: VideoCallbackKind;
  readonly type: new () => object;
  readonly name: string;
  readonly payload: Payload;
}

export const connection = { id: 'c053fcc8-1111', createdAt: 1700000001143, data: '{"userId":"42"}' };

export const stream = {
  id: '63245362-2222',
  connection,
  createdAt: 1700000045416,
  name: 'Ada',
  videoType: 'camera',
};

const session = { sessionId: '2_MX4xMjM0NX5', projectId: '12345678', timestamp: 1700000000123 };

export const streamCreated: Payload = { ...session, event: 'streamCreated', stream };

export const archive: Payload = {
  id: 'b40ef09b-3333',
  event: 'archive',
  createdAt: 1700000200000,
  duration: 0,
  name: 'Lesson 7',
  partnerId: 12345678,
  projectId: 12345678,
  reason: '',
  resolution: '1280x720',
  sessionId: '2_MX4xMjM0NX5',
  size: 0,
  status: 'started',
  streamMode: 'auto',
  streams: [],
  outputMode: 'composed',
  hasAudio: true,
  hasVideo: true,
  hasTranscription: false,
  sha256sum: '',
  password: '',
  updatedAt: 1700000200152,
  url: null,
};
const finished = { duration: 328, size: 18023312 };
const hashed = { ...finished, sha256sum: '4l6MKdPeiCOnt1UaQWMBSovKcTrg+Co5eNsyUp7Q/Jo=' };

export const archiveWithTranscription: Payload = {
  id: '8f0c1a11-4444',
  event: 'archive',
  createdAt: 1700000200000,
  duration: 328,
  name: '',
  applicationId: '93e36bb9-5555',
  reason: 'session ended',
  sessionId: '2_MX4xMjM0NX5',
  size: 18023312,
  status: 'uploaded',
  outputMode: 'individual',
  hasAudio: true,
  hasVideo: true,
  hasTranscription: true,
  transcription: { status: 'requested', primaryLanguageCode: 'en-US', hasSummary: true },
  url: null,
};

const call = { id: 'b0a5a8c7-6666', connectionId: 'e9f8c166-7777', createdAt: 1700000300143 };
const sip = { sessionId: '2_MX4xMjM0NX5', projectId: '12345678', timestamp: 1700000300309, call };
export const callDestroyed: Payload = {
  ...sip,
  event: 'callDestroyed',
  reason_code: '700',
  reason_message: 'Normal Clearing',
};

export const composer: Payload = { id: '37ecf614-9999', sessionId: '2_MX4xMjM0NX5', status: 'started' };
const streamId = '21c79631-8888';

export const broadcast: Payload = {
  id: '1748b707-aaaa',
  event: 'broadcast',
  sessionId: '2_MX4xMjM0NX5',
  createdAt: 1700000500000,
  updatedAt: 1700000500000,
  status: 'started',
  resolution: '1280x720',
  maxDuration: 5400,
  hasAudio: true,
  hasVideo: true,
  streamMode: 'auto',
  settings: { hls: { lowLatency: false, dvr: false } },
  broadcastUrls: {
    hls: 'https://cdn.example/1748b707/playlist.m3u8',
    rtmp: [{ id: 'foo', status: 'connecting', serverUrl: 'rtmps://rtmp.example/app', streamName: 'main' }],
  },
};
const openTokOwner = { projectId: 12345678, partnerId: 12345678 };

export const captions: Payload = {
  captionId: '7c0680fc-bbbb',
  projectId: '12345678',
  sessionId: '2_MX4xMjM0NX5',
  status: 'started',
  createdAt: 1700000600000,
  updatedAt: 1700000600000,
  duration: 0,
  languageCode: 'en-US',
  provider: 'aws-transcribe',
  group: 'captions',
};

const example = (kind: VideoCallbackKind, type: new () => object, name: string, payload: Payload): Example => ({
  kind,
  type,
  name,
  payload,
});

/** Every documented event and status, with every documented field, as protocol.md has them. */
export const EXAMPLES: readonly Example[] = [
  example('session', SessionCreatedCallback, 'sessionCreated', { ...session, event: 'sessionCreated' }),
  example('session', SessionDestroyedCallback, 'sessionDestroyed', {
    ...session,
    event: 'sessionDestroyed',
    reason: 'serverRotation',
  }),
  example('session', SessionNotificationCallback, 'sessionNotification', {
    ...session,
    event: 'sessionNotification',
    reason: 'serverRotation',
  }),
  example('session', ConnectionCreatedCallback, 'connectionCreated', {
    ...session,
    event: 'connectionCreated',
    connection,
  }),
  example('session', ConnectionDestroyedCallback, 'connectionDestroyed', {
    ...session,
    event: 'connectionDestroyed',
    reason: 'clientDisconnected',
    connection,
  }),
  example('session', StreamCreatedCallback, 'streamCreated', streamCreated),
  example('session', StreamDestroyedCallback, 'streamDestroyed', {
    ...session,
    event: 'streamDestroyed',
    reason: 'mediaStopped',
    stream: { ...stream, name: '', videoType: 'screen' },
  }),
  example('session', StreamCreatedCallback, 'streamCreated of a unified application, audio only', {
    sessionId: session.sessionId,
    applicationId: '93e36bb9-5555',
    event: 'streamCreated',
    stream: { id: stream.id, connection, createdAt: stream.createdAt, name: '' },
  }),

  example('archive', ArchiveCallback, 'started', archive),
  example('archive', ArchiveCallback, 'started, streams by hand', {
    ...archive,
    streamMode: 'manual',
    streams: [{ streamId: stream.id, hasAudio: true, hasVideo: false }],
  }),
  example('archive', ArchiveCallback, 'paused', { ...archive, status: 'paused', updatedAt: 1700000260000 }),
  example('archive', ArchiveCallback, 'stopped', {
    ...archive,
    ...finished,
    status: 'stopped',
    reason: 'user initiated',
  }),
  example('archive', ArchiveCallback, 'uploaded', { ...archive, ...hashed, status: 'uploaded' }),
  example('archive', ArchiveCallback, 'available', {
    ...archive,
    ...hashed,
    status: 'available',
    url: 'https://archives.example/12345678/b40ef09b-3333/archive.mp4',
  }),
  example('archive', ArchiveCallback, 'expired', { ...archive, status: 'expired' }),
  example('archive', ArchiveCallback, 'failed', { ...archive, status: 'failed', reason: 'Internal server failure' }),
  example('archive', ArchiveCallback, 'deleted', { ...archive, status: 'deleted' }),
  example('archive', ArchiveCallback, 'uploaded, with transcription, of a unified application', {
    ...archiveWithTranscription,
  }),
  example('archive', ArchiveCallback, 'encrypted, with limits', {
    ...archive,
    password: 'x',
    certificate: 'MIIC',
    multiArchiveTag: 'left',
    maxBitrate: 2000000,
    quantizationParameter: 20,
    hasTranscription: true,
    transcription: { status: 'failed', url: 'https://archives.example/t', reason: 'no speech' },
  }),
  example('archive', ArchiveCallback, 'uploaded, with the settings of the transcription', {
    ...archive,
    ...hashed,
    status: 'uploaded',
    hasTranscription: true,
    transcriptionProperties: { primaryLanguageCode: 'en-US', hasSummary: false },
  }),

  example('sip', CallCreatedCallback, 'callCreated', { ...sip, event: 'callCreated' }),
  ...['DIALING', 'RINGING', 'ON_HOLD', 'ACTIVE', 'HANGUP'].map((state) =>
    example('sip', CallUpdatedCallback, `callUpdated ${state}`, { ...sip, event: 'callUpdated', state }),
  ),
  example('sip', CallDestroyedCallback, 'callDestroyed', callDestroyed),
  example('sip', CallDestroyedCallback, 'callDestroyed after a platform failure', {
    ...sip,
    event: 'callDestroyed',
    reason: 'Internal server failure',
  }),
  example('sip', MuteForcedCallback, 'muteForced', { ...sip, event: 'muteForced' }),

  example('experienceComposer', ExperienceComposerCallback, 'starting', { ...composer, status: 'starting' }),
  example('experienceComposer', ExperienceComposerCallback, 'started', { ...composer, streamId }),
  example('experienceComposer', ExperienceComposerCallback, 'stopped', {
    ...composer,
    streamId,
    status: 'stopped',
    reason: 'Max Duration Exceeded',
  }),
  example('experienceComposer', ExperienceComposerCallback, 'failed', { ...composer, status: 'failed' }),
  example('experienceComposer', ExperienceComposerCallback, 'started, with the fields of the REST resource', {
    ...composer,
    applicationId: '93e36bb9-5555',
    projectId: '12345678',
    event: 'render',
    createdAt: 1700000000000,
    updatedAt: 1700000000001,
    url: 'https://page.example/',
    resolution: '1280x720',
    name: 'Page',
    callbackUrl: 'https://app.example/render',
  }),

  example('broadcast', BroadcastCallback, 'started', { ...broadcast, ...openTokOwner }),
  example('broadcast', BroadcastCallback, 'stopped', { ...broadcast, ...openTokOwner, status: 'stopped' }),
  example('broadcast', BroadcastCallback, 'failed', {
    ...broadcast,
    ...openTokOwner,
    status: 'failed',
    reason: 'Internal server failure',
  }),
  example('broadcast', BroadcastCallback, 'started, of a unified application', {
    ...broadcast,
    applicationId: '93e36bb9-5555',
    multiBroadcastTag: 'main-stage',
    maxBitrate: 2000000,
  }),
  example('broadcast', BroadcastCallback, 'started, streams by hand', {
    ...broadcast,
    streamMode: 'manual',
    streams: [{ streamId: stream.id, hasAudio: true, hasVideo: true }],
  }),
  example('broadcast', BroadcastCallback, 'started, with the status of HLS', {
    ...broadcast,
    broadcastUrls: { hls: 'https://cdn.example/1748b707/playlist.m3u8', hlsStatus: 'ready' },
  }),

  example('captions', CaptionsCallback, 'started', captions),
  example('captions', CaptionsCallback, 'paused', { ...captions, status: 'paused' }),
  example('captions', CaptionsCallback, 'stopped', {
    ...captions,
    status: 'stopped',
    duration: 360,
    reason: 'Maximum duration exceeded.',
  }),
  example('captions', CaptionsCallback, 'failed', {
    ...captions,
    status: 'failed',
    duration: 12,
    reason: 'Internal server failure',
  }),
  example('captions', CaptionsCallback, 'started, of a unified application', {
    captionsId: '7c0680fc-bbbb',
    applicationId: '93e36bb9-5555',
    status: 'started',
  }),
];
