import { type VideoCallbackKind } from '../../lib/index.js';

const CONNECTION = { id: 'c053fcc8-1111-41d5-8ec2-7a9e1434a21e', createdAt: 1700000001143, data: '{"userId":"42"}' };

/** One realistic payload of each kind, in the types of its DTO: nothing of it is converted. */
export const PAYLOADS: Readonly<Record<VideoCallbackKind, Readonly<Record<string, unknown>>>> = {
  session: {
    sessionId: '2_MX4xMjM0NX5',
    projectId: '12345678',
    event: 'connectionCreated',
    timestamp: 1700000001309,
    connection: CONNECTION,
  },
  archive: {
    id: 'b40ef09b-3333-4726-b508-e41a0f96c68f',
    event: 'archive',
    createdAt: 1700000200000,
    duration: 328,
    name: 'Lesson 7',
    partnerId: '12345678',
    projectId: '12345678',
    reason: '',
    resolution: '1280x720',
    sessionId: '2_MX4xMjM0NX5',
    size: 18023312,
    status: 'available',
    url: 'https://archives.example/12345678/archive.mp4',
    password: 'archive-password',
  },
  sip: {
    sessionId: '2_MX4xMjM0NX5',
    projectId: '12345678',
    event: 'callUpdated',
    state: 'RINGING',
    timestamp: 1700000301309,
    call: {
      id: 'b0a5a8c7-6666-459f-a48d-a7f2008da853',
      connectionId: 'e9f8c166-7777-440d-994a-04fb6dfed007',
      createdAt: 1700000300143,
    },
  },
  experienceComposer: {
    streamId: '21c79631-8888-43d6-aad6-c5c4fd616850',
    id: '37ecf614-9999-493d-b328-cec826f9154a',
    sessionId: '2_MX4xMjM0NX5',
    status: 'started',
  },
  broadcast: {
    id: '1748b707-aaaa-464c-9759-c46ad10d3734',
    event: 'broadcast',
    sessionId: '2_MX4xMjM0NX5',
    projectId: '12345678',
    createdAt: 1700000500000,
    updatedAt: 1700000500000,
    status: 'started',
    broadcastUrls: { hls: 'https://cdn.example/1748b707/playlist.m3u8' },
  },
  captions: {
    captionId: '7c0680fc-bbbb-4de5-a66f-d0648e8d3ac2',
    projectId: '12345678',
    sessionId: '2_MX4xMjM0NX5',
    status: 'started',
    createdAt: 1700000600000,
    languageCode: 'en-US',
  },
};
