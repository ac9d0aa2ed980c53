// Written by scripts/describe-callbacks.js from the doc comments of lib/callbacks: change these.
import { type VideoCallbackKind } from '../callbacks/callback-kind.js';

/** What a class is, and of each field that it declares itself: what it is, and the known values of a text. */
interface ClassTexts {
  readonly description: string;
  readonly fields: Readonly<Record<string, readonly [description: string, ...knownValues: string[]]>>;
}

/** What each kind of callback is. */
export const KIND_TEXTS: Readonly<Record<VideoCallbackKind, string>> = {
  session: 'Session monitoring: connections and streams come and go.',
  archive: 'An archive changed its status.',
  sip: 'The progress of a SIP call.',
  experienceComposer: 'An Experience Composer changed its status.',
  broadcast: 'A live-streaming broadcast changed its status.',
  captions: 'Live captions changed their status.',
};

/** The texts of each class of the catalogue, by its name. */
export const CLASS_TEXTS: Readonly<Record<string, ClassTexts>> = {
  ArchiveTranscriptionProperties: {
    description: 'The settings of a transcription, under the name that the Node SDK uses.',
    fields: {
      primaryLanguageCode: ['The main language spoken, as a BCP-47 tag.'],
      hasSummary: ['Whether a summary is made too.'],
    },
  },
  ArchiveTranscription: {
    description: 'The transcription of an archive, with its settings.',
    fields: {
      status: ['How far it is.', 'requested', 'started', 'available', 'uploaded', 'failed'],
      url: ['Where to get it, once there is something to get.'],
      reason: ['Why it failed.'],
    },
  },
  ArchiveCallback: {
    description: 'The status of an archive changed.',
    fields: {
      id: ["The archive's id (UUID)."],
      event: ['Always `archive`; missing in the oldest description.', 'archive'],
      status: [
        'How far the archive is.',
        'started',
        'paused',
        'stopped',
        'uploaded',
        'available',
        'expired',
        'failed',
        'deleted',
      ],
      sessionId: ['The id of the session that is recorded.'],
      createdAt: ['When the start was requested, in ms since the epoch, rounded to the second.'],
      updatedAt: ['When the archive last changed, in ms since the epoch.'],
      name: ['The name given at the start, `""` if none.'],
      reason: [
        'Why it stopped or failed, else `""`.',
        'user initiated',
        'session ended',
        'maximum duration exceeded',
        'maximum idle time exceeded',
        'failure',
        'Internal server failure',
        'forceDisconnected',
      ],
      duration: ['Length in s; 0 while `started`.'],
      size: ['Size of the file in bytes; 0 until it is made.'],
      resolution: [
        'Size of the picture; composed archives only.',
        '640x480',
        '480x640',
        '1280x720',
        '720x1280',
        '1920x1080',
        '1080x1920',
      ],
      url: ['Where to download the archive: only when `available`, and for 10 minutes.'],
      outputMode: ['Whether streams are composed into one file.', 'composed', 'individual'],
      hasAudio: ['Whether audio is recorded.'],
      hasVideo: ['Whether video is recorded.'],
      streamMode: ['Whether streams join automatically.', 'auto', 'manual'],
      streams: ['The streams recorded; only when `started` in the mode `manual`.'],
      sha256sum: ['SHA-256 of the file in Base64, `""` until it is made.'],
      password: [
        'The password of an encrypted archive, else `""`. **A secret: do not log it**, nor the whole callback.',
      ],
      certificate: ['The certificate of an encrypted archive, else `""`.'],
      multiArchiveTag: ['Distinguishes simultaneous archives of a session, if it was given.'],
      maxBitrate: ['Highest bit rate in bit/s, if it was given. Excludes `quantizationParameter`.'],
      quantizationParameter: ['Quality from 15 (best) to 40, if it was given. Excludes `maxBitrate`.'],
      hasTranscription: ['Whether the archive is transcribed.'],
      transcription: ['The transcription, if there is to be one.'],
      transcriptionProperties: ['The settings of the transcription; the REST API has them in `transcription`.'],
    },
  },
  RtmpTarget: {
    description: 'An RTMP server that a broadcast is sent to.',
    fields: {
      id: ['The id that the application gave it.'],
      status: ['Whether it takes the broadcast.', 'connecting', 'live', 'offline', 'error'],
      serverUrl: ["The server's address."],
      streamName: ["The stream's name at that server; many services use it as a key: **do not log it**."],
    },
  },
  BroadcastUrls: {
    description: 'Where a broadcast can be watched and where it is sent.',
    fields: {
      hls: ['The address of the HLS playlist, if HLS is used.'],
      hlsStatus: ['Whether HLS can be watched, for example `ready`.', 'ready'],
      rtmp: [
        'The RTMP targets, if RTMP is used. The older form, an object that holds them by id, becomes a list whose elements have that `id`.',
      ],
    },
  },
  BroadcastHlsSettings: {
    description: 'How the HLS stream of a broadcast is made.',
    fields: { lowLatency: ['Whether latency is kept low.'], dvr: ['Whether viewers can go back in time.'] },
  },
  BroadcastSettings: { description: 'How a broadcast is made.', fields: { hls: ['How its HLS stream is made.'] } },
  BroadcastCallback: {
    description:
      'A broadcast was created, changed or ended. Vonage does not document the body; the fields are those of the REST resource, so little of it is required.',
    fields: {
      id: ["The broadcast's id."],
      status: ['How far it is.', 'started', 'stopped', 'failed'],
      event: ['Always `broadcast`, if it is there.', 'broadcast'],
      sessionId: ['The id of the session that is broadcast.'],
      createdAt: ['When it was created, in ms since the epoch.'],
      updatedAt: ['When it last changed, in ms since the epoch.'],
      maxDuration: ['The longest that it may last, in s.'],
      maxBitrate: ['Highest bit rate in bit/s, if it was given.'],
      resolution: ['Size of the picture.', '640x480', '480x640', '1280x720', '720x1280', '1920x1080', '1080x1920'],
      hasAudio: ['Whether audio is broadcast.'],
      hasVideo: ['Whether video is broadcast.'],
      streamMode: ['Whether streams join automatically.', 'auto', 'manual'],
      streams: ['The streams broadcast; only while `started` in the mode `manual`.'],
      multiBroadcastTag: ['Distinguishes simultaneous broadcasts of a session, if it was given.'],
      settings: ['How the broadcast is made.'],
      broadcastUrls: ['Where it can be watched and where it is sent.'],
      reason: ['Why it ended or failed. Free text.', 'Internal server failure'],
    },
  },
  CaptionsCallback: {
    description:
      'Live captions started, stopped or failed. Vonage does not document the body; the fields are those of the Node SDK. `captionsIdOf` returns the id under whichever name it came.',
    fields: {
      captionId: ['The id of the captions; one of the two names is there.'],
      captionsId: ['The id of the captions under the name that the REST API uses.'],
      status: ['How far they are.', 'started', 'paused', 'stopped', 'failed'],
      sessionId: ['The id of the session that is captioned.'],
      createdAt: ['When they were created, since the epoch; in ms by the SDK, but seconds are possible.'],
      updatedAt: ['When they last changed, since the epoch; in ms by the SDK, but seconds are possible.'],
      duration: ['How long they ran, in s.'],
      languageCode: ['The language spoken, as a BCP-47 tag of varying letter case (`en-us`, `en-US`).'],
      provider: ['Who makes the captions.', 'aws-transcribe'],
      reason: ['Why they stopped or failed. Free text.', 'Maximum duration exceeded.', 'Internal server failure'],
      group: ['`captions`; not certain.', 'captions'],
    },
  },
  OwnedCallback: {
    description:
      'Whose callback it is. OpenTok projects and unified Vonage applications use different fields, so any of them may be there, or none: `callbackOwner` returns the one that is.',
    fields: {
      projectId: [
        'The project: digits, possibly a UUID in the unified environment. Archive and broadcast callbacks carry it as a number.',
      ],
      applicationId: ['The Vonage application (UUID), in the unified environment.'],
      partnerId: ['The project under its older name, in archive and broadcast callbacks of OpenTok.'],
    },
  },
  ComposedStream: {
    description: 'A stream that was added to an archive or a broadcast manually (`streamMode` `manual`).',
    fields: {
      streamId: ["The stream's id."],
      hasAudio: ['Whether its audio is included.'],
      hasVideo: ['Whether its video is included.'],
    },
  },
  ExperienceComposerCallback: {
    description: 'The status of an Experience Composer ("render") changed.',
    fields: {
      id: ["The Experience Composer's id."],
      sessionId: ['The id of the session that it publishes to.'],
      status: ['How far it is.', 'starting', 'started', 'stopped', 'failed'],
      streamId: ['The id of the stream that it publishes; may be missing when `failed`.'],
      reason: ['Why it stopped or failed; only then.', 'Max Duration Exceeded', 'Stop Requested.'],
      event: ['Not documented for the callback, accepted should it come as it does elsewhere.'],
      createdAt: ['When it was created, in ms since the epoch. In the REST resource, perhaps here.'],
      updatedAt: ['When it last changed, in ms since the epoch. In the REST resource, perhaps here.'],
      url: ['The address of the page that is rendered. In the REST resource, perhaps here.'],
      resolution: [
        'Size of the picture. In the REST resource, perhaps here.',
        '640x480',
        '480x640',
        '1280x720',
        '720x1280',
        '1920x1080',
        '1080x1920',
      ],
      name: ['The name of the published stream. In the REST resource, perhaps here.'],
      callbackUrl: ['Where callbacks go to. In the REST resource, perhaps here.'],
    },
  },
  SessionConnection: {
    description: "A client's connection to a session.",
    fields: {
      id: ["The connection's id."],
      createdAt: ['When the client connected, in ms since the epoch.'],
      data: [
        'The connection data of the client\'s token, `""` if it has none. The application wrote it: JSON only if the application made it so, and as personal as the application made it.',
      ],
    },
  },
  SessionStream: {
    description: 'A stream that a client publishes.',
    fields: {
      id: ["The stream's id."],
      connection: ['The connection of the client that publishes it.'],
      createdAt: ['When the stream was created, in ms since the epoch.'],
      name: ['The name that the publisher gave it, `""` if none.'],
      videoType: ['What the video shows; absent for streams without video.', 'camera', 'screen', 'custom'],
    },
  },
  SessionMonitoringCallback: {
    description: 'What every known session monitoring callback carries.',
    fields: {
      sessionId: ["The session's id."],
      timestamp: ['When it happened, in ms since the epoch. Callbacks may arrive in another order.'],
    },
  },
  SessionCreatedCallback: {
    description: 'The first client connected; the same session can end and begin again.',
    fields: { event: ['Distinguishes this callback from the others of its kind.'] },
  },
  SessionDestroyedCallback: {
    description: 'The session ended.',
    fields: {
      event: ['Distinguishes this callback from the others of its kind.'],
      reason: [
        'Why; documented for server rotation and platform failures.',
        'serverRotation',
        'forceDisconnected',
        'Internal server failure',
      ],
    },
  },
  SessionNotificationCallback: {
    description: 'A warning, hours ahead, that the session will be moved to another server.',
    fields: {
      event: ['Distinguishes this callback from the others of its kind.'],
      reason: ['What will happen.', 'serverRotation'],
    },
  },
  ConnectionCreatedCallback: {
    description: 'A client connected.',
    fields: {
      event: ['Distinguishes this callback from the others of its kind.'],
      connection: ['The new connection.'],
    },
  },
  ConnectionDestroyedCallback: {
    description: 'A client left, or was made to.',
    fields: {
      event: ['Distinguishes this callback from the others of its kind.'],
      connection: ['The connection that ended.'],
      reason: ['Why it ended.', 'clientDisconnected', 'forceDisconnected', 'networkDisconnected'],
    },
  },
  StreamCreatedCallback: {
    description: 'A client began to publish a stream.',
    fields: { event: ['Distinguishes this callback from the others of its kind.'], stream: ['The new stream.'] },
  },
  StreamDestroyedCallback: {
    description: 'A stream ended.',
    fields: {
      event: ['Distinguishes this callback from the others of its kind.'],
      stream: ['The stream that ended.'],
      reason: [
        'Why it ended.',
        'clientDisconnected',
        'forceDisconnected',
        'networkDisconnected',
        'forceUnpublished',
        'mediaStopped',
      ],
    },
  },
  UnrecognizedSessionCallback: {
    description:
      'An event that this version does not know, or one of a SIP call: after a platform failure `callDestroyed` comes to the session monitoring URL. All fields of the JSON are kept.',
    fields: {
      event: ["The event's name."],
      sessionId: ["The session's id, if there is one."],
      timestamp: ['When it happened, in ms since the epoch, if stated.'],
    },
  },
  SipCall: {
    description: 'A call between a session and a SIP endpoint.',
    fields: {
      id: ['The id of the SIP conference.'],
      connectionId: ["The id of the call's connection to the session."],
      createdAt: ['When the call was created, in ms since the epoch.'],
    },
  },
  SipCallProgressCallback: {
    description: 'What every known SIP callback carries.',
    fields: {
      sessionId: ["The session's id."],
      timestamp: ['When it happened, in ms since the epoch. Callbacks may arrive in another order.'],
      call: ['The call.'],
    },
  },
  CallCreatedCallback: {
    description: 'A call was made; sent at least once for each call.',
    fields: { event: ['Distinguishes this callback from the others of its kind.'] },
  },
  CallUpdatedCallback: {
    description: 'The state of a call changed.',
    fields: {
      event: ['Distinguishes this callback from the others of its kind.'],
      state: ['The new state.', 'DIALING', 'RINGING', 'ON_HOLD', 'ACTIVE', 'HANGUP'],
    },
  },
  CallDestroyedCallback: {
    description: 'A call ended; sent at least once for each call.',
    fields: {
      event: ['Distinguishes this callback from the others of its kind.'],
      reason_code: [
        'A SIP response code, or 700 (normal clearing), 703 (unexpected clearing), 704 (media timeout), 705 (maximum duration), 706 (maximum inactive); the example has it as a string.',
      ],
      reason_message: ['What the code means, for example `Normal Clearing`.'],
      reason: ['What comes in place of the other two after a platform failure.'],
    },
  },
  MuteForcedCallback: {
    description: 'A moderator muted the session; sent if the dial request had `observeForceMute`.',
    fields: { event: ['Distinguishes this callback from the others of its kind.'] },
  },
  UnrecognizedSipCallback: {
    description: 'An event that this version does not know. All fields of the JSON are kept.',
    fields: {
      event: ["The event's name."],
      sessionId: ["The session's id, if there is one."],
      timestamp: ['When it happened, in ms since the epoch, if stated.'],
    },
  },
};
