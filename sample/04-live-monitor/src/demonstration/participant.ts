import { randomUUID } from 'node:crypto';
import { callbackFixture } from 'nestjs-vonage-video-callbacks/testing';
import { type Scene } from './scene.js';
import { type Step } from './step.js';

/** When somebody comes and goes, in seconds since the session began. */
export interface Stay {
  readonly name: string;
  readonly joins: number;
  readonly leaves: number;
  /** Whether a screen is shared in between. */
  readonly sharesScreen: boolean;
}

/** Somebody's connection and streams, from beginning to end. */
export function participantSteps(scene: Scene, { name, joins, leaves, sharesScreen }: Stay): readonly Step[] {
  const connection = { id: randomUUID(), createdAt: scene.moment(joins) - 150, data: JSON.stringify({ name }) };
  const streamSteps = (from: number, to: number, title: string, videoType: string): readonly Step[] => {
    const stream = { id: randomUUID(), connection, createdAt: scene.moment(from) - 150, name: title, videoType };
    return [step(scene, from, 'streamCreated', { stream }), step(scene, to, 'streamDestroyed', { stream })];
  };
  return [
    step(scene, joins, 'connectionCreated', { connection }),
    ...streamSteps(joins + 2, leaves - 2, name, 'camera'),
    ...(sharesScreen ? streamSteps(joins + 12, leaves - 20, 'Slides', 'screen') : []),
    step(scene, leaves, 'connectionDestroyed', { connection }),
  ];
}

type ParticipantEvent = 'connectionCreated' | 'connectionDestroyed' | 'streamCreated' | 'streamDestroyed';

function step(scene: Scene, seconds: number, event: ParticipantEvent, fields: object): Step {
  const { sessionId } = scene;
  const now = scene.moment(seconds);
  return {
    at: now,
    kind: 'session',
    body: { ...callbackFixture('session', event, {}, { now }), sessionId, ...fields },
  };
}
