import { type FixtureOptions } from '../../../testing/index.js';
import { participantSteps } from './participants.js';
import { phoneCallSteps } from './phone-call.js';
import { archiveSteps, broadcastSteps, captionsSteps } from './recordings.js';
import { type ScenarioStep } from './scenario-step.js';
import { Scene } from './scene.js';

/** How long the scenario takes in reality, in seconds. */
export const SESSION_SCENARIO_SECONDS = 170;

/**
 * A whole call of two people: captions, an archive, a broadcast and a telephone, in the order in which it happens.
 *
 * @param begin when it begins, in ms since the epoch
 */
export function sessionScenario(begin: number, options: FixtureOptions): readonly ScenarioStep[] {
  const scene = new Scene(begin, options);
  return [
    scene.step(0, 'session', 'sessionCreated', 'the session begins'),
    ...participantSteps(scene, { name: 'Ada', joins: 1, publishes: 3, unpublishes: 160, leaves: 162 }),
    ...participantSteps(scene, { name: 'Grace', joins: 8, publishes: 10, unpublishes: 150, leaves: 152 }),
    ...captionsSteps(scene),
    ...archiveSteps(scene),
    ...broadcastSteps(scene),
    ...phoneCallSteps(scene),
    // Which reason is sent after a normal end is not documented.
    scene.step(SESSION_SCENARIO_SECONDS, 'session', 'sessionDestroyed', 'the session ends', { reason: undefined }),
  ].sort((one, other) => one.at - other.at);
}
