import { VIDEO_CALLBACK_KINDS } from 'nestjs-vonage-video-callbacks';
import { type ScenarioStep, sessionScenario } from 'nestjs-vonage-video-callbacks/testing';

/** A callback of the demonstration. */
export interface Step extends ScenarioStep {
  /** When it happens, in ms since the epoch. */
  readonly at: number;
}

/** How soon one session begins after another, in ms: about four are live at a time. */
const INTERVAL = 40_000;

const COMPANIES = [
  ['Ada', 'Grace', 'Katherine'],
  ['Alan', 'Joan'],
  ['Radia', 'Barbara', 'Margaret', 'Dorothy'],
  ['Edsger', 'Frances'],
  ['Hedy', 'Claude', 'Mary'],
] as const;

const LANGUAGES = ['en-US', 'es-ES', 'pt-BR', 'fr-FR'] as const;

/**
 * Sessions without end, each beginning before the last has ended, as one sequence in the order in which things happen.
 *
 * @param begin when the first begins, in ms since the epoch
 */
export function* sessions(begin: number): Generator<Step, never> {
  let coming: Step[] = [];
  for (let number = 0; ; number += 1) {
    const next = begin + (number + 1) * INTERVAL;
    coming = [...coming, ...session(number, next - INTERVAL)].sort((one, other) => one.at - other.at);
    // Everything before the next session's beginning is known by now.
    yield* coming.filter(({ at }) => at < next);
    coming = coming.filter(({ at }) => at >= next);
  }
}

/** A session from beginning to end, each a little differently. */
function session(number: number, begin: number): readonly Step[] {
  const isSent = {
    session: true,
    archive: number % 3 !== 2,
    sip: number % 2 === 1,
    broadcast: number % 3 === 0,
    captions: number % 2 === 0,
    experienceComposer: number % 4 === 3,
  };
  const steps = sessionScenario({
    begin,
    kinds: VIDEO_CALLBACK_KINDS.filter((kind) => isSent[kind]),
    participants: COMPANIES[number % COMPANIES.length],
    sharesScreen: number % 2 === 0,
    archiveFails: number % 5 === 4,
    serverRotation: number % 6 === 5,
    fields: {
      archive: { name: `Lesson ${number + 1}` },
      broadcast: { multiBroadcastTag: 'main-stage' },
      captions: { languageCode: LANGUAGES[(number / 2) % LANGUAGES.length] },
    },
  });
  return steps.map((step) => ({ ...step, at: begin + step.after }));
}
