import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { post } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { SECRET, signed } from '../support/signer.js';
import { Consumer } from './consumer.js';

/** What an application's own tests are, and how many of them pass. */
interface OwnTests {
  readonly passed: number;
  /** Test files that are added to those of the application, by name. */
  readonly added?: ReadonlyMap<string, string>;
}

/** What every application that installs the package must be able to do. */
export function describeConsumer(
  name: string,
  more: (consumer: () => Consumer) => void = () => undefined,
  { passed, added = new Map() }: OwnTests = { passed: 2 },
): void {
  describe(`The application ${name}`, () => {
    let consumer: Consumer;

    beforeAll(async () => {
      consumer = new Consumer(name);
      await consumer.install();
    });
    afterAll(() => {
      consumer.stop();
    });

    it('compiles with types that are imported without `type`', async () => {
      expect(await consumer.npm('run', 'build')).toMatchObject({ code: 0 });
    });

    it.each(['tsc', 'swc'])(
      'compiled with %s it handles genuine callbacks, and refuses a forged one',
      async (builder) => {
        if (builder === 'swc') consumer.buildWithSwc();
        const url = await consumer.start({ SIGNATURE_SECRET: SECRET });
        const { id, status } = PAYLOADS.archive;
        const call = { id: 'call-1' };
        const sip = { event: 'callCreated', sessionId: 'session-1', call };
        const stream = { event: 'streamCreated', sessionId: 'session-1', stream: { id: 'stream-1' } };

        expect(await post(`${url}/video/archives`, signed(PAYLOADS.archive))).toMatchObject({ status: 204 });
        expect(await post(`${url}/video/archives`, signed(PAYLOADS.archive, { secret: 'guessed' }))).toMatchObject({
          status: 401,
        });
        expect(await post(`${url}/video/sessions`, signed(stream))).toMatchObject({ status: 204 });
        expect(await post(`${url}/video/calls`, signed(sip))).toMatchObject({ status: 204 });
        expect(await post(`${url}/video/sip`, signed(sip))).toMatchObject({ status: 204 });
        expect(await (await fetch(`${url}/video/handled`)).json()).toEqual([
          `Vonage: ${String(id)} ${String(status)}`,
          'session: stream-1',
          'attempt 1: callCreated',
          'call-1',
        ]);
      },
    );

    it('passes its tests', async () => {
      for (const [file, text] of added) consumer.write(`test/documented/${file}`, text);

      const { code, output } = await consumer.npm('test');
      expect(output).toMatch(new RegExp(`[^0-9]${passed} passed`));
      expect(code).toBe(0);
    });

    more(() => consumer);
  });
}
