import { type SignedRequest } from '../../support/signer.js';

const TARGET = '/video/archives';

/** The request as it goes over the wire. */
export function rawCapture({ headers, body }: SignedRequest, lineEnd = '\r\n'): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return Buffer.concat([
    Buffer.from([`POST ${TARGET} HTTP/1.1`, 'Host: localhost', ...lines, '', ''].join(lineEnd)),
    body,
  ]);
}

/** What curl -v prints of the request. */
export function curlCapture({ headers, body }: SignedRequest): string {
  return [
    '*   Trying 127.0.0.1:3000...',
    '* Connected to localhost (127.0.0.1) port 3000 (#0)',
    `> POST ${TARGET} HTTP/1.1`,
    '> Host: localhost:3000',
    ...Object.entries(headers).map(([name, value]) => `> ${name}: ${value}`),
    `> Content-Length: ${body.length}`,
    '> ',
    '< HTTP/1.1 401 Unauthorized',
    '< Authorization: none of ours',
    '< ',
  ].join('\n');
}

/** An entry of a HAR file. */
export function harEntry({ headers, body }: SignedRequest, startedDateTime: string, method = 'POST'): object {
  return {
    startedDateTime,
    request: {
      method,
      url: `https://example.org${TARGET}`,
      headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
      postData: { mimeType: 'application/json', text: body.toString() },
    },
  };
}

/** A HAR file. */
export function har(...entries: readonly object[]): string {
  return JSON.stringify({ log: { version: '1.2', creator: {}, entries } });
}
