import { VIDEO_CALLBACK_KINDS, type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { type CallbackOfKind, readCallback } from '../callbacks/catalogue.js';
import { checkNumbers } from '../options/option-checks.js';
import { isJsonObject } from '../callbacks/json-object.js';
import { type FixtureEnvironment, FixtureValues } from './fixture-values.js';
import { ARCHIVE_FIXTURES } from './fixtures/archive.fixtures.js';
import { BROADCAST_FIXTURES } from './fixtures/broadcast.fixtures.js';
import { CAPTIONS_FIXTURES } from './fixtures/captions.fixtures.js';
import { EXPERIENCE_COMPOSER_FIXTURES } from './fixtures/experience-composer.fixtures.js';
import { SESSION_FIXTURES } from './fixtures/session.fixtures.js';
import { SIP_FIXTURES } from './fixtures/sip.fixtures.js';

type MakeFixture<Payload extends object> = (values: FixtureValues) => Payload;

const FIXTURES = {
  session: SESSION_FIXTURES,
  archive: ARCHIVE_FIXTURES,
  sip: SIP_FIXTURES,
  experienceComposer: EXPERIENCE_COMPOSER_FIXTURES,
  broadcast: BROADCAST_FIXTURES,
  captions: CAPTIONS_FIXTURES,
} satisfies {
  readonly [Kind in VideoCallbackKind]: Readonly<Record<string, MakeFixture<SentFields<CallbackOfKind[Kind]>>>>;
};

/** The documented events (`session`, `sip`) or statuses (all other kinds) that {@link callbackFixture} knows. */
export type FixtureEvent<Kind extends VideoCallbackKind> = keyof (typeof FIXTURES)[Kind] & string;

/**
 * The payload of one event or status, as Vonage sends it: a project may be a number, and a field without a value
 * `null`. A handler gets the project as a string, and no field that is `null`.
 */
export type CallbackFixture<Kind extends VideoCallbackKind, Event extends FixtureEvent<Kind>> = Kind extends
  'session' | 'sip'
  ? SentFields<Extract<CallbackOfKind[Kind], { event: Event }>>
  : SentFields<CallbackOfKind[Kind]> & { status: Event };

/** The fields of a DTO without its class; the optional ones as they may be in the JSON. */
type SentFields<Dto> = {
  [Field in keyof Dto]: Pick<Dto, Field> extends Required<Pick<Dto, Field>> ? Dto[Field] : Sent<Dto[Field]>;
};

/** A number may be sent as a string, an id as a number, and any field as `null`. */
type Sent<Value> = Value | null | (number extends Value ? string : never) | (string extends Value ? number : never);

/** Fields that replace or extend those of a payload. `undefined` removes a field from the JSON. */
export type FixtureOverrides<Payload> = { readonly [Field in keyof Payload]?: Payload[Field] | undefined } & Readonly<
  Record<string, unknown>
>;

/** Options of a fixture. */
export interface FixtureOptions {
  /** The environment of the payload. Default `openTok`. */
  readonly environment?: FixtureEnvironment | undefined;
  /**
   * The same seed gives the same ids and numbers, and together with `now` the same payload. Default: new ones at each
   * call.
   */
  readonly seed?: string | number | undefined;
  /** The moment of the event, in ms since the epoch. Default now. */
  readonly now?: number | undefined;
  /** The OpenTok project key in the payload, digits. Default `12345678`. */
  readonly projectId?: string | undefined;
  /** The application in payloads of the unified environment, a UUID. */
  readonly applicationId?: string | undefined;
}

/** A fixture with its kind, event and environment. */
export interface ListedFixture {
  /** The kind of callback. */
  readonly kind: VideoCallbackKind;
  /** The event (`session`, `sip`) or status. */
  readonly event: string;
  /** Whose payload it is. */
  readonly environment: FixtureEnvironment;
  /** The body, as Vonage sends it. */
  readonly payload: Readonly<Record<string, unknown>>;
}

/**
 * A complete, realistic payload of one documented event or status. Its ids and times are new at each call, unless
 * `seed` and `now` are given.
 *
 * @param overrides fields that are replaced or added, known to the library or not
 * @throws {TypeError} if the kind or the event is not known; the message lists those that are
 * @throws {RangeError} if `now` is not a valid time
 *
 * @example
 * callbackFixture('archive', 'available', { name: 'Lesson 8' })
 */
export function callbackFixture<Kind extends VideoCallbackKind, Event extends FixtureEvent<Kind>>(
  kind: Kind,
  event: Event,
  overrides: FixtureOverrides<CallbackFixture<Kind, Event>> = {},
  options: FixtureOptions = {},
): CallbackFixture<Kind, Event> {
  // TypeScript cannot follow kind and event through a generic look-up in the table.
  return { ...fixturePayload(kind, event, options), ...overrides } as CallbackFixture<Kind, Event>;
}

/** The DTO of a kind, or of one event if the type of the payload names a known event. */
export type CallbackOf<Kind extends VideoCallbackKind, Payload> = [OfEvent<Kind, Payload>] extends [never]
  ? CallbackOfKind[Kind]
  : OfEvent<Kind, Payload>;

type OfEvent<Kind extends VideoCallbackKind, Payload> = Payload extends { readonly event: infer Event }
  ? Extract<CallbackOfKind[Kind], { event: Event }>
  : never;

/**
 * The DTO that a handler gets for a payload, made as the module makes it: for unit tests that call a handler.
 *
 * @param payload a fixture, or any JSON that Vonage sent
 * @throws {TypeError} if a handler would never get it, because the request is answered 400; the message says why
 *
 * @example
 * await controller.onArchive(callbackOf('archive', callbackFixture('archive', 'available')));
 */
export function callbackOf<Kind extends VideoCallbackKind, Payload extends object>(
  kind: Kind,
  payload: Payload,
): CallbackOf<Kind, Payload> {
  // A copy as it arrives over HTTP: without undefined members, and independent of the fixture.
  const sent: unknown = JSON.parse(JSON.stringify(payload));
  const reading = readCallback(kind, isJsonObject(sent) ? sent : {});
  if (!reading.usable) {
    const violations = reading.violations.map(({ path, message }) => `${path}: ${message}`).join('; ');
    throw new TypeError(`The payload is not a callback of the kind ${kind}: ${violations}.`);
  }
  // The event chooses the class, as the type says.
  return reading.callback as CallbackOf<Kind, Payload>;
}

/** The documented events (`session`, `sip`) or statuses of a kind. */
export function fixtureEvents<Kind extends VideoCallbackKind>(kind: Kind): readonly FixtureEvent<Kind>[] {
  return Object.keys(FIXTURES[kind]) as FixtureEvent<Kind>[];
}

/** A fixture of every documented event and status, in both environments. */
export function callbackFixtures(options: Omit<FixtureOptions, 'environment'> = {}): readonly ListedFixture[] {
  return VIDEO_CALLBACK_KINDS.flatMap((kind) =>
    fixtureEvents(kind).flatMap((event: string) =>
      ENVIRONMENTS.map((environment) => ({
        kind,
        event,
        environment,
        payload: fixturePayload(kind, event, { ...options, environment }),
      })),
    ),
  );
}

const ENVIRONMENTS: readonly FixtureEnvironment[] = ['openTok', 'unified'];

/**
 * The payload of a kind and an event whose names are known only at run time.
 *
 * @throws {TypeError} and {RangeError} as {@link callbackFixture}
 */
export function fixturePayload(
  kind: VideoCallbackKind,
  event: string,
  options: FixtureOptions,
): Record<string, unknown> {
  const makers: Readonly<Record<string, MakeFixture<object>>> | undefined = own(FIXTURES, kind);
  if (makers === undefined) throw unknown('kind', kind, VIDEO_CALLBACK_KINDS);
  const make = own(makers, event);
  if (make === undefined) throw unknown(`event of the kind ${kind}`, event, Object.keys(makers));
  return { ...make(fixtureValues(options)) };
}

/** Where the fixtures of these options take their values from. */
export function fixtureValues(options: FixtureOptions): FixtureValues {
  const { environment = 'openTok', seed, now = Date.now(), projectId = '12345678' } = options;
  const { applicationId = '93e36bb9-5555-45b6-a9ea-5c37dbc49906' } = options;
  checkNumbers('callbackFixture', { now });
  return new FixtureValues({ environment, projectId, applicationId }, now, seed);
}

function own<Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function unknown(what: string, name: string, known: readonly string[]): TypeError {
  return new TypeError(`There is no ${what} "${name}": known are ${known.join(', ')}.`);
}
