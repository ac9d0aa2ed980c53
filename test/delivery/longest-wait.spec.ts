import { Controller, Post } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { type Secrets, SignatureSecretProvider, VideoCallback } from '../../lib/index.js';
import { PLATFORMS, startApplication } from '../support/application.js';
import { Connection, head } from '../support/connection.js';
import { PAYLOADS } from '../support/payloads.js';
import { PROJECT, SECRET, signed } from '../support/signer.js';
import { hanging, RemoteLedger } from './remote-ledger.js';

/** In seconds. */
const LIMITS = { bodyTimeout: 0.6, secretTimeout: 0.6, storageTimeout: 0.6, duplicateTimeout: 0.6 };
const SUM_MS = 1000 * Object.values(LIMITS).reduce((sum, seconds) => sum + seconds);
const PATH = '/video/archives';

/** A vault that takes a good part of secretTimeout for the two projects together. */
class SlowVault extends SignatureSecretProvider {
  override async secretsFor({ projectId }: { projectId: string }): Promise<Secrets | undefined> {
    await wait(150);
    return projectId === PROJECT ? SECRET : undefined;
  }
}

describe.each(PLATFORMS)('a callback on %s for which everything is slow', (platform) => {
  it('is answered within the sum of all time-outs', async () => {
    let end: () => void = () => undefined;
    const methodEnds = new Promise<void>((resolve) => (end = resolve));
    @Controller('video')
    class VideoController {
      @Post('archives')
      @VideoCallback('archive')
      onArchive(): Promise<void> {
        return methodEnds;
      }
    }
    const ledger = new RemoteLedger();
    ledger.reach = hanging;
    const application = await startApplication({
      platform,
      controllers: [VideoController],
      options: { ledger, secretProvider: new SlowVault(), ...LIMITS },
    });
    try {
      const request = signed(PAYLOADS.archive, { claims: { application_id: 'an-application' } });
      const copies = await Promise.all([Connection.open(application.port), Connection.open(application.port)]);
      const startedAt = performance.now();
      for (const copy of copies) copy.write(head(PATH, request.headers, `content-length: ${request.body.length}`));
      await wait(200);
      for (const copy of copies) copy.write(request.body);
      // One of them is handled, and the other one waits for it.
      const answers = copies.map((copy) => copy.answer());
      const { status } = await Promise.race(answers);
      const took = performance.now() - startedAt;

      expect(status).toBe(503);
      expect(took).toBeGreaterThan(200 + 290 + 590 + 590);
      expect(took).toBeLessThan(SUM_MS + 250);
      end();
      await Promise.allSettled(answers);
    } finally {
      end();
      ledger.reach = () => Promise.resolve();
      await application.close();
    }
  });
});
