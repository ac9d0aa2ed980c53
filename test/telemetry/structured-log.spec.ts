import { ConsoleLogger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type RunningApplication, startApplication } from '../support/application.js';
import { PAYLOADS } from '../support/payloads.js';
import { signed } from '../support/signer.js';

const HOSTILE = '1\u001b[31m\u202e';

describe("Nest's own logger", () => {
  let running: RunningApplication | undefined;
  let written: string[];
  beforeEach(() => {
    written = [];
    jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      written.push(String(chunk));
      return true;
    });
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await running?.close();
  });

  const refuse = async (logger: ConsoleLogger): Promise<string> => {
    running = await startApplication({ nest: { logger } });
    await running.post('/callbacks/archive', signed(PAYLOADS.archive, { claims: { api_key: HOSTILE } }));
    return written.find((line) => line.includes('project_unknown')) ?? '';
  };

  it('with json writes the fields of an outcome', async () => {
    expect(JSON.parse(await refuse(new ConsoleLogger({ json: true })))).toMatchObject({
      level: 'warn',
      context: 'VideoCallbacks',
      message: {
        message: expect.stringMatching(/^Rejected a request to KindsController.onArchive/),
        outcome: 'rejected',
        reason: 'project_unknown',
        kind: 'archive',
        route: 'KindsController.onArchive',
        address: '127.0.0.1',
        durationInMs: expect.any(Number),
      },
    });
  });

  it('without json writes the text alone, with nothing in it that could forge a line', async () => {
    const line = await refuse(new ConsoleLogger({ colors: false }));

    expect(line).toMatch(/WARN \[VideoCallbacks\] Rejected a request to [^{}]*project_unknown/);
    expect(line).not.toMatch(/[\u001b\u202e]/);
  });

  it('writes accepted callbacks for debugging, and not otherwise', async () => {
    running = await startApplication({ nest: { logger: new ConsoleLogger({ logLevels: ['log'], colors: false }) } });
    await running.post('/callbacks/archive', signed(PAYLOADS.archive));
    expect(written.join()).not.toContain('was handled');
    await running.close();

    running = await startApplication({ nest: { logger: new ConsoleLogger({ colors: false }) } });
    await running.post('/callbacks/archive', signed(PAYLOADS.archive));
    expect(written.join()).toMatch(/DEBUG \[VideoCallbacks\] The archive callback .* was handled in [\d.]+ ms\./);
  });
});
