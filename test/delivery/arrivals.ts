import { Logger } from '@nestjs/common';
import { OwnCallbacks } from '../../lib/delivery/inbox/own-callbacks.js';
import { type Arrival } from '../../lib/delivery/arrival.js';
import { StageClock } from '../../lib/request/stage-clock.js';
import { CallbackReport, genuineCallback } from '../../lib/telemetry/callback-report.js';
import { CallbackTelemetry } from '../../lib/telemetry/callback-telemetry.js';
import { firstAttempt } from '../../lib/request/delivery-attempt.js';
import { type StoredCallback, type VerifiedToken } from '../../lib/index.js';
import { KeptLogs } from '../support/logs.js';
import { Observed } from '../support/observed.js';
import { nowInSeconds, PROJECT } from '../support/signer.js';

/** What a verifier found. */
export function verifiedToken(deviations: Partial<VerifiedToken> = {}): VerifiedToken {
  const claims = { iat: nowInSeconds(), jti: 'token-1', iss: 'Vonage' } as const;
  return { kind: 'archive', projectId: PROJECT, claims, secretPosition: 0, ...deviations };
}

/** An application that takes archive callbacks of the project. */
export const OWN = new OwnCallbacks(
  () => [{ kind: 'archive', ends: ['video/archives'] }],
  (projectId) => Promise.resolve(projectId === PROJECT),
);

/** A callback as an inbox stores it. */
export function storedCallback(deviations: Partial<StoredCallback> = {}): StoredCallback {
  return {
    format: 1,
    id: 'archive-1',
    token: verifiedToken(),
    body: Buffer.from('{"status":"available"}').toString('base64'),
    request: { url: '/video/archives?tenant=7', headers: {}, remoteAddress: '192.0.2.7' },
    receivedAt: 1_700_000_000_000,
    route: 'VideoController.onArchive',
    ...deviations,
  };
}

/** Makes callbacks that arrive, with no application around them, and keeps what the operator is told. */
export class Arrivals {
  readonly observed = new Observed();
  readonly telemetry = new CallbackTelemetry(this.observed);
  readonly logs = new KeptLogs();
  /** How often a method was called. */
  handled = 0;

  constructor() {
    Logger.overrideLogger(this.logs);
  }

  /** A callback whose method returns `handled`, unless it is another. */
  next(deviations: Partial<Arrival> = {}): Arrival {
    const clock = new StageClock();
    const place = { route: 'VideoController.onArchive', address: undefined, attempt: firstAttempt() };
    const { handle = () => Promise.resolve('handled'), ...others } = deviations;
    return {
      id: 'archive-1',
      report: new CallbackReport(this.telemetry, () => ({ ...place, ...genuineCallback(verifiedToken()) }), clock, 0),
      clock,
      setAside: [],
      abandoned: () => new AbortController().signal,
      traceContext: {},
      toStored: () => storedCallback(),
      ...others,
      handle: () => {
        this.handled += 1;
        return handle();
      },
    };
  }

  /** How many callbacks ended in which way; those in which none did are left out. */
  get ends(): Partial<Record<string, number>> {
    return Object.fromEntries(Object.entries(this.telemetry.counts.byOutcome).filter(([, count]) => count > 0));
  }
}
