import { randomUUID } from 'node:crypto';
import { callbackFixture } from 'nestjs-vonage-video-callbacks/testing';
import { type Scene } from './scene.js';
import { type Step } from './step.js';

/** A SIP call into the session, from dialling to hanging up. */
export function phoneCallSteps(scene: Scene): readonly Step[] {
  const { sessionId } = scene;
  const call = { id: randomUUID(), connectionId: randomUUID(), createdAt: scene.moment(25) - 150 };
  const updated = (seconds: number, state: string): Step => {
    const now = scene.moment(seconds);
    const body = { ...callbackFixture('sip', 'callUpdated', {}, { now }), sessionId, call, state };
    return { at: now, kind: 'sip', body };
  };
  const edge = (seconds: number, event: 'callCreated' | 'callDestroyed'): Step => {
    const now = scene.moment(seconds);
    return { at: now, kind: 'sip', body: { ...callbackFixture('sip', event, {}, { now }), sessionId, call } };
  };
  return [
    edge(25, 'callCreated'),
    updated(26, 'DIALING'),
    updated(28, 'RINGING'),
    updated(34, 'ACTIVE'),
    updated(50, 'ON_HOLD'),
    updated(58, 'ACTIVE'),
    edge(74, 'callDestroyed'),
  ];
}
