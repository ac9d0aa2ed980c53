import { VIDEO_CALLBACK_KINDS, type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { fixturePayload, type FixtureOptions, fixtureValues } from './callback-fixture.js';
import { type FixtureValues } from './fixture-values.js';

/** How long a {@link sessionScenario} lasts, in ms. */
export const SESSION_SCENARIO_MS = 170_000;

/** One more participant would leave before joining. */
const MOST_PARTICIPANTS = 10;

/** One callback of a scenario. */
export interface ScenarioStep {
  /** When it happens, in ms since the scenario began. */
  readonly after: number;
  /** The kind of callback. */
  readonly kind: VideoCallbackKind;
  /** The event (`session`, `sip`) or status (other kinds). */
  readonly event: string;
  /** The body. Its times fit `begin`, and its ids are the same in all steps about the same object. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** A description of what happens. */
  readonly what: string;
}

/** What happens in a {@link sessionScenario}. */
export interface SessionScenarioOptions extends Omit<FixtureOptions, 'now'> {
  /** When it begins, in ms since the epoch. Default: so that it ends now and no payload is from the future. */
  readonly begin?: number | undefined;
  /** The kinds whose callbacks are sent. Default: all but `experienceComposer`, which few projects use. */
  readonly kinds?: readonly VideoCallbackKind[] | undefined;
  /** The names of those who take part, at most ten. Default `['Ada', 'Grace']`. */
  readonly participants?: readonly string[] | undefined;
  /** Whether the first participant shares a screen. Default `false`. */
  readonly sharesScreen?: boolean | undefined;
  /** Whether the archive fails, instead of becoming available. Default `false`. */
  readonly archiveFails?: boolean | undefined;
  /** Whether there is a server rotation. Default `false`. */
  readonly serverRotation?: boolean | undefined;
  /** Fields that are replaced or added in every payload of a kind, for example `{ archive: { name: 'Lesson 8' } }`. */
  readonly fields?: Readonly<Partial<Record<VideoCallbackKind, ScenarioStep['payload'] | undefined>>> | undefined;
}

/**
 * A whole session in the order in which it happens: people come, publish and go; it is captioned, archived, broadcast
 * and joined by telephone. 24 callbacks over 170 s, unless the options say otherwise.
 *
 * @throws {RangeError} if there are more than ten participants, or `begin` is not a valid time
 *
 * @example
 * for (const { kind, payload } of sessionScenario({ kinds: ['session', 'archive'] })) {
 *   await postCallback(app, `/video/${kind}`, signCallback({ kind, body: payload, apiKey, secret: secrets[kind] }));
 * }
 */
export function sessionScenario(options: SessionScenarioOptions = {}): readonly ScenarioStep[] {
  const kinds = options.kinds ?? VIDEO_CALLBACK_KINDS.filter((kind) => kind !== 'experienceComposer');
  const participants = options.participants ?? ['Ada', 'Grace'];
  if (participants.length > MOST_PARTICIPANTS) {
    throw new RangeError(
      `There are ${participants.length} participants: at most ${MOST_PARTICIPANTS} fit in a scenario.`,
    );
  }
  const scene = new Scene(options);
  return [
    scene.step(0, 'session', 'sessionCreated', 'the session begins'),
    ...participants.flatMap((name, index) =>
      participantSteps(scene, { name, index, sharesScreen: index === 0 && options.sharesScreen === true }),
    ),
    ...captionsSteps(scene),
    ...archiveSteps(scene, options.archiveFails ?? false),
    ...broadcastSteps(scene),
    ...composerSteps(scene),
    ...phoneCallSteps(scene),
    ...(options.serverRotation
      ? [scene.step(100, 'session', 'sessionNotification', 'the session is going to move to another server')]
      : []),
    // Which reason is sent after a normal end is not documented.
    scene.step(SESSION_SCENARIO_MS / 1000, 'session', 'sessionDestroyed', 'the session ends', { reason: undefined }),
  ]
    .filter(({ kind }) => kinds.includes(kind))
    .sort((one, other) => one.after - other.after);
}

/** One session: what happens in it shares its id and its clock. Times are in seconds since its beginning. */
class Scene {
  readonly values: FixtureValues;
  private readonly begin: number;
  private readonly sessionId: string;

  constructor(private readonly options: SessionScenarioOptions) {
    this.begin = options.begin ?? Date.now() - SESSION_SCENARIO_MS;
    this.values = fixtureValues({ ...options, now: this.begin });
    this.sessionId = this.values.sessionId();
  }

  /** A moment in ms since the epoch. */
  moment(at: number): number {
    return this.begin + at * 1000;
  }

  payload(kind: VideoCallbackKind, event: string, at: number, fields: object = {}): ScenarioStep['payload'] {
    const seed = this.options.seed === undefined ? undefined : `${this.options.seed}/${kind}`;
    const fixture = fixturePayload(kind, event, { ...this.options, seed, now: this.moment(at) });
    return { ...fixture, sessionId: this.sessionId, ...fields, ...this.options.fields?.[kind] };
  }

  step(at: number, kind: VideoCallbackKind, event: string, what: string, fields: object = {}): ScenarioStep {
    return { after: at * 1000, kind, event, what, payload: this.payload(kind, event, at, fields) };
  }

  /** Something that was created at a moment, whose id and time of creation are the same in all its callbacks. */
  created(at: number) {
    return { id: this.values.uuid(), createdAt: this.moment(at) - 150 };
  }
}

interface Participant {
  readonly name: string;
  readonly index: number;
  readonly sharesScreen: boolean;
}

function participantSteps(scene: Scene, { name, index, sharesScreen }: Participant): ScenarioStep[] {
  const [joins, leaves] = [1 + 7 * index, 162 - 10 * index];
  const connection = { ...scene.created(joins), data: JSON.stringify({ name }) };
  const camera = { ...scene.created(joins + 2), connection, name, videoType: 'camera' };
  const screen = { ...scene.created(joins + 12), connection, name: 'Slides', videoType: 'screen' };
  const step = (at: number, event: string, does: string, fields: object): ScenarioStep =>
    scene.step(at, 'session', event, `${name} ${does}`, fields);
  const ofScreen = [
    step(joins + 12, 'streamCreated', 'shares a screen', { stream: screen }),
    step(leaves - 20, 'streamDestroyed', 'stops sharing the screen', { stream: screen, reason: 'mediaStopped' }),
  ];
  return [
    step(joins, 'connectionCreated', 'joins', { connection }),
    step(joins + 2, 'streamCreated', 'publishes', { stream: camera }),
    ...(sharesScreen ? ofScreen : []),
    step(leaves - 2, 'streamDestroyed', 'stops publishing', { stream: camera }),
    step(leaves, 'connectionDestroyed', 'leaves', { connection }),
  ];
}

/** An archive that is paused once. */
function archiveSteps(scene: Scene, fails: boolean): ScenarioStep[] {
  // Vonage rounds the time of the request to the second.
  const archive = { id: scene.values.uuid(), createdAt: Math.floor(scene.moment(19) / 1000) * 1000 };
  const step = (at: number, status: string, what: string, fields: object): ScenarioStep =>
    scene.step(at, 'archive', status, what, { ...archive, ...fields });
  // 20 s before the pause and 80 s after it.
  const recorded = { duration: 100, size: 5_812_640 };
  const url = `https://archives.example/${archive.id}/archive.mp4`;
  return [
    step(20, 'started', 'the archive begins', {}),
    step(40, 'paused', 'the archive is paused', {}),
    step(50, 'started', 'the archive goes on', {}),
    ...(fails
      ? [step(130, 'failed', 'the archive fails', {})]
      : [
          step(130, 'stopped', 'the archive ends', recorded),
          step(145, 'available', 'the archive can be fetched', { ...recorded, url }),
        ]),
  ];
}

function captionsSteps(scene: Scene): ScenarioStep[] {
  const captions = { captionId: scene.values.uuid(), createdAt: scene.moment(14) };
  return [
    scene.step(15, 'captions', 'started', 'live captions begin', captions),
    scene.step(135, 'captions', 'stopped', 'live captions end', { ...captions, duration: 120, reason: '' }),
  ];
}

function broadcastSteps(scene: Scene): ScenarioStep[] {
  const { id, broadcastUrls } = scene.payload('broadcast', 'started', 25);
  const broadcast = { id, broadcastUrls, createdAt: scene.moment(24) };
  return [
    scene.step(25, 'broadcast', 'started', 'the broadcast begins', broadcast),
    scene.step(120, 'broadcast', 'stopped', 'the broadcast ends', broadcast),
  ];
}

function composerSteps(scene: Scene): ScenarioStep[] {
  const composer = { id: scene.values.uuid(), streamId: scene.values.uuid() };
  const stopped = { ...composer, reason: 'Stop Requested.' };
  return [
    scene.step(30, 'experienceComposer', 'started', 'an Experience Composer begins', composer),
    scene.step(125, 'experienceComposer', 'stopped', 'the Experience Composer ends', stopped),
  ];
}

/** A SIP call into the session, from dialling to hanging up. */
function phoneCallSteps(scene: Scene): ScenarioStep[] {
  const call = { ...scene.created(55), connectionId: scene.values.uuid() };
  const updated = (at: number, state: string, what: string): ScenarioStep =>
    scene.step(at, 'sip', 'callUpdated', what, { call, state });
  return [
    scene.step(55, 'sip', 'callCreated', 'a telephone is called', { call }),
    updated(56, 'DIALING', 'it is dialled'),
    updated(58, 'RINGING', 'it rings'),
    updated(64, 'ACTIVE', 'the call is answered'),
    scene.step(110, 'sip', 'callDestroyed', 'the call ends', { call }),
  ];
}
