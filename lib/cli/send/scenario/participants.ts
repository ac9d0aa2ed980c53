import { randomUUID } from 'node:crypto';
import { type Payload } from '../payload.js';
import { type ScenarioStep } from './scenario-step.js';
import { type Scene } from './scene.js';

/** When a participant comes and goes, in seconds since the beginning. */
interface Presence {
  readonly name: string;
  readonly joins: number;
  readonly publishes: number;
  readonly unpublishes: number;
  readonly leaves: number;
}

/** The connection and the stream of a participant, from beginning to end. */
export function participantSteps(
  scene: Scene,
  { name, joins, publishes, unpublishes, leaves }: Presence,
): ScenarioStep[] {
  const connection: Payload = {
    id: randomUUID(),
    createdAt: scene.moment(joins) - 150,
    data: JSON.stringify({ name }),
  };
  const stream: Payload = {
    id: randomUUID(),
    connection,
    createdAt: scene.moment(publishes) - 150,
    name,
    videoType: 'camera',
  };
  return [
    scene.step(joins, 'session', 'connectionCreated', `${name} joins`, { connection }),
    scene.step(publishes, 'session', 'streamCreated', `${name} publishes`, { stream }),
    scene.step(unpublishes, 'session', 'streamDestroyed', `${name} stops publishing`, { stream }),
    scene.step(leaves, 'session', 'connectionDestroyed', `${name} leaves`, { connection }),
  ];
}
