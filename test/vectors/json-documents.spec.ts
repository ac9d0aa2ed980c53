import { afterAll, describe, expect, it } from '@jest/globals';
import { parseJson } from '../../lib/payload/callback-body.js';
import { PLATFORMS } from '../support/application.js';
import { takeHandled } from '../support/kinds.controller.js';
import { signed } from '../support/signer.js';
import { useApplication } from '../support/use-application.js';
import { KeepAliveClient } from '../properties/keep-alive.js';
import { watchPrototypes } from '../properties/prototypes.js';
import { documentsThat, JSON_DOCUMENTS, type JsonDocument, type Verdict } from './json-documents.js';

const VERDICTS: [what: string, verdict: Verdict][] = [
  ['must be accepted', 'y'],
  ['must be refused', 'n'],
  ['may be either', 'i'],
];

/** What a parser of any origin makes of the bytes as UTF-8, or `undefined` if that is not JSON. */
function parsed({ bytes }: JsonDocument): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch {
    return undefined;
  }
}

describe('the parser of bodies', () => {
  it('has all documents of the suite', () => {
    const count = (verdict: string) => JSON_DOCUMENTS.filter((document) => document.verdict === verdict).length;
    expect([count('y'), count('n'), count('i')]).toEqual([95, 193, 35]);
  });

  it.each(documentsThat('y'))('parses %s as JSON.parse does', (_, document) => {
    expect({ value: parseJson(document.bytes) }).toEqual(parsed(document));
  });

  it.each(documentsThat('n'))('refuses %s', (_, { bytes }) => {
    expect(() => parseJson(bytes)).toThrow();
  });

  it.each(documentsThat('i'))('parses %s as JSON.parse does, or refuses it if it is no UTF-8', (_, document) => {
    const expected = parsed(document);
    if (expected === undefined) expect(() => parseJson(document.bytes)).toThrow();
    else expect({ value: parseJson(document.bytes) }).toEqual(expected);
  });
});

describe.each(PLATFORMS)('a genuine callback on %s', (platform) => {
  const running = useApplication({ platform });
  const client = new KeepAliveClient();
  const expectUnchanged = watchPrototypes();
  afterAll(() => {
    client.close();
  });

  const post = (body: Buffer, path = '/callbacks/session') => client.post(running().port, path, signed(body));

  /** A session callback one field of which is the document. */
  const around = (bytes: Buffer): Buffer =>
    Buffer.concat([Buffer.from('{"sessionId":"1_s","event":"a new one","document":'), bytes, Buffer.from('}')]);

  it('whose body is a document that must be accepted is answered 400, as it is no callback', async () => {
    for (const [name, { bytes }] of documentsThat('y')) {
      expect([name, await post(bytes), takeHandled()]).toEqual([name, 400, []]);
    }
    expectUnchanged();
  });

  it.each(VERDICTS)('that holds a document that %s is handled with its value, if it is JSON', async (_, verdict) => {
    for (const [name, document] of documentsThat(verdict)) {
      const expected = parsed(document);
      // Within JSON, a byte order mark is a character that JSON does not allow.
      const isHandled = expected !== undefined && name !== 'i_structure_UTF-8_BOM_empty_object';

      const status = await post(around(document.bytes));
      const values = takeHandled().map(({ raw }) => raw['document']);
      expect([name, status, values]).toEqual(isHandled ? [name, 204, [expected.value]] : [name, 400, []]);
    }
    expectUnchanged();
  });

  it('is accepted after all of them', async () => {
    expect(await post(around(Buffer.from('{}')))).toBe(204);
    expect(running().observed.outcomes).toMatchObject({ rejected: [], failed: [], unavailable: [] });
  });
});
