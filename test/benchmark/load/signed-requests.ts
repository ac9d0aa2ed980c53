import { randomUUID } from 'node:crypto';
import { callbackFixture } from 'nestjs-vonage-video-callbacks/testing';
import { SECRET, signed } from '../../support/signer.js';
import { PATH } from '../../harness/target.js';

const WRONG_SECRET = 'another-secret-of-as-many-bytes!';

/** Requests as bytes, ready to be written: each is a callback of its own, with its own archive and token id. */
export function signedRequests(count: number, isForged: boolean): readonly Buffer[] {
  const archive = callbackFixture('archive', 'available');
  const secret = isForged ? WRONG_SECRET : SECRET;
  return Array.from({ length: count }, () => requestBytes(JSON.stringify({ ...archive, id: randomUUID() }), secret));
}

function requestBytes(payload: string, secret: string): Buffer {
  const { headers, body } = signed(payload, { secret });
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const head = [`POST ${PATH} HTTP/1.1`, 'host: 127.0.0.1', `content-length: ${body.length}`, ...lines, '', ''];
  return Buffer.from(head.join('\r\n') + payload);
}
