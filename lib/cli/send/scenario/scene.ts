import { type VideoCallbackKind } from '../../../callbacks/callback-kind.js';
import { type FixtureOptions } from '../../../testing/index.js';
import { fixturePayload, type Payload } from '../payload.js';
import { type ScenarioStep } from './scenario-step.js';

/** One session in which things happen: what is made here shares its session and its clock. */
export class Scene {
  private readonly sessionId: unknown;

  constructor(
    /** When the scenario begins, in ms since the epoch. */
    private readonly begin: number,
    private readonly options: FixtureOptions,
  ) {
    this.sessionId = fixturePayload('session', 'sessionCreated', options)['sessionId'];
  }

  /** The moment, in ms since the epoch, so many seconds after the beginning. */
  moment(at: number): number {
    return this.begin + at * 1000;
  }

  /** The payload of an event of this session at a moment. */
  payload(kind: VideoCallbackKind, event: string, at: number, fields: Payload = {}): Payload {
    const fixture = fixturePayload(kind, event, { ...this.options, now: this.moment(at) });
    return { ...fixture, sessionId: this.sessionId, ...fields };
  }

  /** A step whose payload is that of an event of this session. */
  step(at: number, kind: VideoCallbackKind, event: string, about: string, fields: Payload = {}): ScenarioStep {
    return { at, kind, event, about, payload: this.payload(kind, event, at, fields) };
  }
}
