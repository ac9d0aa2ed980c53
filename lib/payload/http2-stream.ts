import { type IncomingMessage } from 'node:http';
import { type ServerHttp2Stream } from 'node:http2';

/** The stream of a request that came over HTTP/2, on which Node's compatibility API builds. */
export function http2StreamOf(
  request: IncomingMessage & { readonly stream?: ServerHttp2Stream },
): ServerHttp2Stream | undefined {
  return request.httpVersionMajor === 2 ? request.stream : undefined;
}
