import { type IncomingMessage } from 'node:http';
import { privateMember } from './private-member.js';

/** What became of reading a body. */
export type BodyReading =
  | { readonly state: 'complete'; readonly bytes: Buffer }
  /** Complete, but compressed: which bytes were signed is not known. */
  | { readonly state: 'encoded' }
  /** Complete, but not declared as JSON. */
  | { readonly state: 'not-json' }
  /** Longer than `bodyLimit`; what was read of it was put back. */
  | { readonly state: 'too-large' }
  /** Not complete within `bodyTimeout`. */
  | { readonly state: 'timed-out' }
  /** The connection ended before the body did. */
  | { readonly state: 'aborted' }
  /** Something else has read it before. */
  | { readonly state: 'consumed' }
  /**
   * Left in the stream, because the process keeps too many bodies already: so many bytes were put back, after so many ms
   * of reading.
   */
  | { readonly state: 'unread'; readonly putBack: number; readonly spentMs: number };

/** A header that says that a request has a body, or of which type. */
type BodyHeader = 'content-length' | 'transfer-encoding' | 'content-type';

const bodies = privateMember<IncomingBody>();

/** The body of a request that may be a callback, kept with the request where nothing else can see it. */
export class IncomingBody {
  private hidden: readonly (readonly [name: BodyHeader, value: string | undefined])[] = [];

  private constructor(
    private readonly request: IncomingMessage,
    /** What became of reading it. */
    readonly reading: BodyReading,
    /** What `request.body` shows of it; `undefined` for nothing. */
    readonly json: unknown,
  ) {}

  /** Keeps with a request what became of reading its body, and what is shown of it. */
  static keep(request: IncomingMessage, reading: BodyReading, json?: unknown): IncomingBody {
    const body = new IncomingBody(request, reading, json);
    bodies.set(request, body);
    return body;
  }

  /** The body that is kept with a request; `undefined` if it was not taken for a callback. */
  static of(request: IncomingMessage): IncomingBody | undefined {
    return bodies.get(request);
  }

  /**
   * Hides from body parsers that there is a body: they would answer one that they cannot read (no JSON, compressed, too
   * large for them) before the guard has seen the request, and it would be lost unreported. The stream stays as it is.
   *
   * @param names the headers that the platform's parsers go by
   */
  hideFrom(names: readonly BodyHeader[]): void {
    const { headers } = this.request;
    const present = names.filter((name) => headers[name] !== undefined).map((name) => [name, headers[name]] as const);
    this.hidden = [...this.hidden, ...present];
    // Deleted, since Node refuses to send headers that are undefined. Fails silently where they are frozen.
    for (const [name] of present) Reflect.deleteProperty(headers, name);
  }

  /** Shows the headers again that were hidden, unless something has set them meanwhile. */
  show(): void {
    const { headers } = this.request;
    for (const [name, value] of this.hidden) if (headers[name] === undefined) Reflect.set(headers, name, value);
    this.hidden = [];
  }
}
