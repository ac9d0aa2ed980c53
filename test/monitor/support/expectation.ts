import { type Step } from '../../../sample/04-live-monitor/src/demonstration/sessions.js';

/** The fields of payloads that decide what the page says. */
interface Payload {
  readonly event?: string;
  readonly sessionId: string;
  readonly id?: string;
  readonly captionId?: string;
  readonly status?: string;
  readonly state?: string;
  readonly connection?: { readonly id: string; readonly data: string };
  readonly stream?: { readonly id: string; readonly videoType: string; readonly connection: { readonly id: string } };
  readonly call?: { readonly id: string };
}

/** How many of those that are over the page lists. */
const KEPT = 20;

type People = Map<string, { readonly name: string; readonly streams: Map<string, string> }>;

/**
 * What the page must say after callbacks: they are gone through in the order in which things happened, with none of
 * what the application does to get along without that order.
 */
export function expectedPage(steps: readonly Step[]) {
  const live = new Map<string, People>();
  const ended: string[] = [];
  const archives = new Statuses(['available', 'uploaded', 'failed']);
  const calls = new Statuses(['Ended']);
  const works = { broadcast: new Statuses(['stopped']), captions: new Statuses(['stopped']) };

  for (const { kind, payload: sent } of [...steps].sort((one, other) => one.at - other.at)) {
    const payload = sent as object as Payload;
    const { event = '', sessionId, id = '', status = '' } = payload;
    if (kind === 'session') {
      if (event === 'sessionCreated') live.set(sessionId, new Map());
      else if (event === 'sessionDestroyed') {
        live.delete(sessionId);
        ended.unshift(sessionId);
      } else goThrough(live.get(sessionId) ?? new Map<never, never>(), payload);
    } else if (kind === 'archive') archives.set(id, status);
    else if (kind === 'sip') calls.set(payload.call?.id ?? '', callState(payload));
    else if (kind === 'broadcast') works.broadcast.set(id, status);
    else if (kind === 'captions') works.captions.set(payload.captionId ?? '', status);
  }
  return {
    sessions: Object.fromEntries([...live].map(([id, people]) => [id, shownPeople(people)])),
    ended: ended.slice(0, KEPT),
    archives: archives.shown(),
    calls: calls.shown(),
    works: { ...works.broadcast.shown(), ...works.captions.shown() },
  };
}

function goThrough(people: People, { event, connection, stream }: Payload): void {
  if (event === 'connectionCreated' && connection) {
    const { name } = JSON.parse(connection.data) as { name: string };
    people.set(connection.id, { name, streams: new Map() });
  }
  if (event === 'connectionDestroyed' && connection) people.delete(connection.id);
  if (event === 'streamCreated' && stream) people.get(stream.connection.id)?.streams.set(stream.id, stream.videoType);
  if (event === 'streamDestroyed' && stream) people.get(stream.connection.id)?.streams.delete(stream.id);
}

function shownPeople(people: People): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    [...people.values()].map(({ name, streams }) => [name, [...streams.values()].map(capitalized).sort()]),
  );
}

function callState({ event, state = 'created' }: Payload): string {
  return event === 'callDestroyed' ? 'Ended' : state;
}

/** The latest status of each, in the order of their latest changes. */
class Statuses {
  private readonly latest = new Map<string, string>();

  constructor(private readonly final: readonly string[]) {}

  set(id: string, status: string): void {
    this.latest.delete(id);
    this.latest.set(id, status);
  }

  shown(): Readonly<Record<string, string>> {
    const all = [...this.latest];
    const isOver = ([, status]: readonly [string, string]): boolean => this.final.includes(status);
    const shown = [...all.filter((one) => !isOver(one)), ...all.filter(isOver).slice(-KEPT)];
    return Object.fromEntries(shown.map(([id, status]) => [id, capitalized(status.replace('_', ' '))]));
  }
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1).toLowerCase();
}
