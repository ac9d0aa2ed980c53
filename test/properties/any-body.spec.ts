import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { VIDEO_CALLBACK_KINDS, type VideoCallbackKind } from '../../lib/index.js';
import { PLATFORMS } from '../support/application.js';
import { takeHandled } from '../support/kinds.controller.js';
import { PAYLOADS } from '../support/payloads.js';
import { PROJECT, signed } from '../support/signer.js';
import { useApplication } from '../support/use-application.js';
import { holds } from './holds.js';
import { KeepAliveClient } from './keep-alive.js';
import { kind, payloadBytes, payloadText } from './payload-texts.js';
import { watchPrototypes } from './prototypes.js';

const RUNS = 60;

/** A list that DTOs declare, two objects, a value, and an unknown field. */
const NESTED_FIELDS = ['streams', 'connection', 'call', 'status', 'unknown'];
const GREAT_NESTING = ['['.repeat(50_000) + ']'.repeat(50_000), `${'{"a":'.repeat(20_000)}0${'}'.repeat(20_000)}`];

const withKind = <Body>(body: (of: VideoCallbackKind) => fc.Arbitrary<Body>): fc.Arbitrary<[VideoCallbackKind, Body]> =>
  kind.chain((of) => fc.tuple(fc.constant(of), body(of)));

describe.each(PLATFORMS)('a genuine callback on %s', (platform) => {
  const running = useApplication({ platform });
  const client = new KeepAliveClient();
  afterAll(() => {
    client.close();
  });

  /** Posts a body and expects that it is handled or found unusable, once in either case. */
  async function expectDealtWith(of: VideoCallbackKind, body: Buffer, claims = {}): Promise<number> {
    const { outcomes } = running().observed;
    const before = outcomes.unusable.length + outcomes.duplicate.length;

    const status = await client.post(running().port, `/callbacks/${of}`, signed(body, { claims }));

    expect([204, 400]).toContain(status);
    const handled = takeHandled();
    expect(handled.length + outcomes.unusable.length + outcomes.duplicate.length - before).toBe(1);
    if (status === 400) expect(handled).toEqual([]);
    expect(outcomes.rejected).toEqual([]);
    expect(outcomes.failed).toEqual([]);
    return status;
  }

  it('with any JSON is answered 204 or 400 and changes no prototype', async () => {
    const expectUnchanged = watchPrototypes();
    const statuses = new Map<number, number>();
    await holds(
      fc.asyncProperty(withKind(payloadText), async ([of, text]) => {
        const status = await expectDealtWith(of, Buffer.from(text));
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        expectUnchanged();
      }),
      RUNS,
    );
    // Or the property would say nothing of one of them.
    expect([...statuses.keys()].sort()).toEqual([204, 400]);
  });

  it('with any bytes is answered 204 or 400', () =>
    holds(
      fc.asyncProperty(withKind(payloadBytes), async ([of, bytes]) => {
        await expectDealtWith(of, bytes);
      }),
      RUNS,
    ));

  it('with any claims besides those of Vonage is handled', () =>
    holds(
      fc.asyncProperty(kind, fc.dictionary(fc.string(), fc.jsonValue()), async (of, claims) => {
        const known = { api_key: PROJECT, application_id: undefined, exp: undefined, nbf: undefined };
        const genuine = signed(PAYLOADS[of]);
        expect(await expectDealtWith(of, genuine.body, { ...claims, ...known })).toBe(204);
      }),
      20,
    ));

  it('with great nesting in any kind of field is answered 204 or 400', async () => {
    for (const of of VIDEO_CALLBACK_KINDS) {
      for (const [index, field] of NESTED_FIELDS.entries()) {
        const rest = JSON.stringify({ ...PAYLOADS[of], [field]: undefined }).slice(1);
        const json = GREAT_NESTING[index % 2] ?? '';
        await expectDealtWith(of, Buffer.from(`{"${field}":${json},${rest}`));
      }
    }
  });
});
