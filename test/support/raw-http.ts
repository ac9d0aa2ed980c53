import { Connection, type RawAnswer } from './connection.js';

/** A request of which a test decides every byte; a {@link SignedRequest} is one. */
export interface RawRequest {
  /** Default `POST`. */
  readonly method?: string;
  /** A list is sent as a repeated header. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

/** Sends one request over a connection of its own and reads the answer. */
export async function exchange(port: number, path: string, request: RawRequest): Promise<RawAnswer> {
  const connection = await Connection.open(port);
  try {
    connection.write(requestBytes(path, request));
    return await connection.answer();
  } finally {
    connection.close();
  }
}

function requestBytes(path: string, { method = 'POST', headers, body }: RawRequest): Buffer {
  const lines = Object.entries({ host: 'localhost', 'content-length': String(body.length), ...headers }).flatMap(
    ([name, values]) => [values].flat().map((value) => `${name}: ${value}`),
  );
  return Buffer.concat([Buffer.from([`${method} ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n'), 'latin1'), body]);
}
