import { Logger } from '@nestjs/common';
import { OwnCallbacks } from '../../lib/delivery/inbox/own-callbacks.js';
import { type Delivery } from '../../lib/delivery/delivery.js';
import { CallbackRequest } from '../../lib/request/callback-request.js';
import { CallbackReport } from '../../lib/telemetry/callback-report.js';
import { CallbackTelemetry } from '../../lib/telemetry/callback-telemetry.js';
import { ArchiveCallback } from '../../lib/callbacks/archive.callback.js';
import { type StoredCallback, type VerifiedToken, type Violation } from '../../lib/index.js';
import { arrivingRequest, contextOf } from '../support/arriving-request.js';
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
  () => [{ kinds: ['archive'], ends: ['video/archives'] }],
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

/** What is unusual about a callback. */
interface ArrivalDeviations {
  readonly id?: string;
  readonly setAside?: readonly Violation[];
  readonly handle?: () => Promise<unknown>;
  /** Aborts when the sender has hung up. */
  readonly abandoned?: () => AbortSignal;
}

/** Makes callbacks that arrive, with no application around them, and keeps what is reported to the operator. */
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
  next(deviations: ArrivalDeviations = {}): Delivery {
    const { id = 'archive-1', handle = () => Promise.resolve('handled'), setAside = [], abandoned } = deviations;
    const request = CallbackRequest.of(contextOf(arrivingRequest('/video/archives?tenant=7', {})));
    request.admit(verifiedToken());
    const rawBody = Buffer.from('{"status":"available"}');
    const [bodyHash, payload, callback] = ['', { status: 'available' }, new ArchiveCallback()];
    request.content = { rawBody, bodyHash, payload, isBodyVerified: true, callback, setAside };
    if (abandoned !== undefined) request.hangUp = abandoned;
    return {
      id,
      request,
      report: new CallbackReport(this.telemetry, request),
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
