import { callbackFixture } from 'nestjs-vonage-video-callbacks/testing';
import { participantSteps } from './participant.js';
import { phoneCallSteps } from './phone-call.js';
import { archiveSteps, broadcastSteps, captionsSteps, composerSteps } from './recordings.js';
import { Scene } from './scene.js';
import { type Step } from './step.js';

const COMPANIES = [
  ['Ada', 'Grace', 'Katherine'],
  ['Alan', 'Joan'],
  ['Radia', 'Barbara', 'Margaret', 'Dorothy'],
  ['Edsger', 'Frances'],
  ['Hedy', 'Claude', 'Mary'],
] as const;

const LANGUAGES = ['en-US', 'es-ES', 'pt-BR', 'fr-FR'] as const;

/** How long a session lasts, in seconds. */
const LENGTH = 100;

/**
 * A session from beginning to end: people come and go, and it is recorded, broadcast, captioned and telephoned into,
 * each session a little differently.
 *
 * @param number of the session, from 0
 * @param begin when it begins, in ms since the epoch
 */
export function story(number: number, begin: number): readonly Step[] {
  const scene = new Scene(begin);
  const company = COMPANIES[number % COMPANIES.length] ?? COMPANIES[0];
  return [
    edge(scene, 0, 'sessionCreated'),
    ...company.flatMap((name, index) =>
      participantSteps(scene, {
        name,
        joins: 1 + 4 * index,
        leaves: 88 + 3 * index,
        sharesScreen: index === 0 && number % 2 === 0,
      }),
    ),
    ...(number % 3 === 2 ? [] : archiveSteps(scene, `Lesson ${number + 1}`, number % 5 === 4)),
    ...(number % 2 === 1 ? phoneCallSteps(scene) : []),
    ...(number % 3 === 0 ? broadcastSteps(scene) : []),
    ...(number % 2 === 0 ? captionsSteps(scene, LANGUAGES[(number / 2) % LANGUAGES.length] ?? 'en-US') : []),
    ...(number % 4 === 3 ? composerSteps(scene) : []),
    ...(number % 6 === 5 ? [edge(scene, 60, 'sessionNotification')] : []),
    edge(scene, LENGTH, 'sessionDestroyed'),
  ];
}

type SessionEdge = 'sessionCreated' | 'sessionNotification' | 'sessionDestroyed';

function edge(scene: Scene, seconds: number, event: SessionEdge): Step {
  const now = scene.moment(seconds);
  const { sessionId } = scene;
  // Which reason is sent after a normal end is not documented.
  const reason = event === 'sessionNotification' ? 'serverRotation' : undefined;
  return { at: now, kind: 'session', body: { ...callbackFixture('session', event, {}, { now }), sessionId, reason } };
}
