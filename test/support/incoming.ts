import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';

/** A request whose body a test sends piece by piece, as Node's parser does. */
export class SentRequest extends IncomingMessage {
  constructor(headers: IncomingMessage['headers'] = {}) {
    super(new Socket());
    this.headers = headers;
    this.method = 'POST';
    this.httpVersionMajor = 1;
  }

  /** Sends pieces of the body. */
  send(...pieces: (string | Buffer)[]): this {
    for (const piece of pieces) this.push(Buffer.from(piece));
    return this;
  }

  /** Sends the last pieces of the body, and its end. */
  finish(...pieces: (string | Buffer)[]): this {
    this.send(...pieces);
    this.complete = true;
    this.push(null);
    return this;
  }
}

/** What is left in the stream of a request, for those who read it afterwards. */
export async function restOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
