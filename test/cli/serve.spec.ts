import { describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { run } from '../../lib/cli/program.js';
import { post } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { SECRET, signed } from '../support/signer.js';

describe('a request whose report fails', () => {
  it('is answered, and the failure is passed on', async () => {
    const interruption = new AbortController();
    let failure: Promise<string> = Promise.resolve('');
    let end: Promise<number> = Promise.resolve(0);
    const url = await new Promise<string>((listening) => {
      failure = new Promise((failed) => {
        const write = (text: string): void => {
          if (!text.startsWith('Listening')) throw new RangeError('no output');
          listening(/http:\S+/.exec(text)?.[0] ?? '');
        };
        end = run(['listen', '--port', '0'], {
          env: { VIDEO_SIGNATURE_SECRET: SECRET },
          stdin: Readable.from([]),
          stdout: { write },
          stderr: { write: failed },
          signal: interruption.signal,
        });
      });
    });
    expect(await post(`${url}/archive`, signed(PAYLOADS.archive))).toMatchObject({ status: 204 });
    expect(await failure).toBe('video-callbacks: a request could not be reported: RangeError\n');
    interruption.abort();
    expect(await end).toBe(0);
  });
});
