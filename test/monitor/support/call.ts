import { callbackFixture } from '../../../lib/testing/index.js';

const BEGIN = Date.now() - 60_000;

/** The payloads of one session, each so many seconds after its beginning. */
export class Call {
  readonly sessionId: string;
  private readonly connections = new Map<string, object>();

  constructor(readonly name: string) {
    this.sessionId = `2_${name}`;
  }

  session(event: 'sessionCreated' | 'sessionDestroyed', seconds: number, fields: object = {}): object {
    return { ...callbackFixture('session', event, {}, this.at(seconds)), sessionId: this.sessionId, ...fields };
  }

  connection(event: 'connectionCreated' | 'connectionDestroyed', data: string, seconds: number): object {
    const body = callbackFixture('session', event, {}, this.at(seconds));
    return { ...body, sessionId: this.sessionId, connection: this.connectionOf(data) };
  }

  stream(event: 'streamCreated' | 'streamDestroyed', data: string, fields: { id: string }, seconds: number): object {
    const body = callbackFixture('session', event, {}, this.at(seconds));
    const { name, videoType, createdAt } = body.stream;
    const stream = { name, videoType, createdAt, connection: this.connectionOf(data), ...fields };
    return { ...body, sessionId: this.sessionId, stream };
  }

  archive(status: 'started' | 'paused' | 'stopped' | 'available' | 'expired' | 'failed', seconds: number): object {
    const body = callbackFixture('archive', status, {}, this.at(seconds));
    return { ...body, sessionId: this.sessionId, id: `archive-${this.name}`, name: `Archive ${this.name}` };
  }

  sip(event: 'callCreated' | 'callUpdated' | 'callDestroyed' | 'muteForced', seconds: number, state?: string): object {
    const body = callbackFixture('sip', event, {}, this.at(seconds));
    const call = { id: `call-${this.name}`, createdAt: BEGIN };
    return { ...body, sessionId: this.sessionId, call, ...(state !== undefined && { state }) };
  }

  private at(seconds: number): { now: number } {
    return { now: BEGIN + seconds * 1000 };
  }

  private connectionOf(data: string): object {
    const known = this.connections.get(data) ?? { id: `connection-${data}`, createdAt: BEGIN, data };
    this.connections.set(data, known);
    return known;
  }
}
