import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { post } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { SECRET, signed } from '../support/signer.js';
import { Consumer } from './consumer.js';

/** What every application that installs the package must be able to do. */
export function describeConsumer(name: string, more: (consumer: () => Consumer) => void = () => undefined): void {
  describe(`The application ${name}`, () => {
    let consumer: Consumer;

    beforeAll(async () => {
      consumer = new Consumer(name);
      await consumer.install();
    });
    afterAll(() => {
      consumer.stop();
    });

    it('compiles', async () => {
      expect(await consumer.npm('run', 'build')).toMatchObject({ code: 0 });
    });

    it('handles a genuine callback, and refuses a forged one', async () => {
      const url = await consumer.start({ ARCHIVE_SECRET: SECRET });
      const { id, status } = PAYLOADS.archive;

      expect(await post(`${url}/video/archives`, signed(PAYLOADS.archive))).toMatchObject({ status: 204 });
      expect(await post(`${url}/video/archives`, signed(PAYLOADS.archive, { secret: 'guessed' }))).toMatchObject({
        status: 401,
      });
      expect(await (await fetch(`${url}/video/handled`)).json()).toEqual([`Vonage: ${String(id)} ${String(status)}`]);
    });

    it('passes its own tests', async () => {
      const { code, output } = await consumer.npm('test');

      expect(output).toMatch(/[234] passed/);
      expect(code).toBe(0);
    });

    more(() => consumer);
  });
}
