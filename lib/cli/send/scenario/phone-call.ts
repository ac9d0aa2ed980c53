import { randomUUID } from 'node:crypto';
import { type Payload } from '../payload.js';
import { type ScenarioStep } from './scenario-step.js';
import { type Scene } from './scene.js';

/** A SIP call into the session, from dialling to hanging up. */
export function phoneCallSteps(scene: Scene): ScenarioStep[] {
  const call: Payload = { id: randomUUID(), connectionId: randomUUID(), createdAt: scene.moment(55) - 150 };
  const updated = (at: number, state: string, about: string): ScenarioStep =>
    scene.step(at, 'sip', 'callUpdated', about, { call, state });
  return [
    scene.step(55, 'sip', 'callCreated', 'a telephone is called', { call }),
    updated(56, 'DIALING', 'it is dialled'),
    updated(58, 'RINGING', 'it rings'),
    updated(64, 'ACTIVE', 'the call is answered'),
    scene.step(110, 'sip', 'callDestroyed', 'the call ends', { call }),
  ];
}
