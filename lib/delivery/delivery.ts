import { type CallbackRequest } from '../request/callback-request.js';
import { type CallbackReport } from '../telemetry/callback-report.js';
import { CallbackAlreadyHandledError } from './method-run.js';

/** A callback with a verified sender and content, and its method. */
export interface Delivery {
  /** The identity of its request. */
  readonly id: string;
  readonly request: CallbackRequest;
  /** Reports its outcomes. */
  readonly report: CallbackReport;
  /**
   * Runs the user's method with the application's interceptors.
   *
   * @throws {CallbackAlreadyHandledError} if it was rolled back because another copy was handled in the meantime
   */
  handle(): Promise<unknown>;
}

/** How to handle a callback that arrived: with a ledger, with an inbox, or without both. */
export interface DeliveryWay {
  /** How duplicates are handled, for the start-up log. */
  readonly description: string;
  /** Resolves with the result of the method, or with `undefined` if it did not run. */
  deliver(delivery: Delivery): Promise<unknown>;
  /**
   * Keeps a genuine callback whose body cannot be used, if there is an inbox.
   *
   * @param id its identity: see `unusableIdentity`
   * @returns whether it is kept; never rejects
   */
  keepUnusable?(request: CallbackRequest, id: string, rawBody: Buffer, report: CallbackReport): Promise<boolean>;
}

/** Injection token of the {@link DeliveryWay} that the options select. */
export const DELIVERY_WAY = Symbol('VideoCallbacksModule: delivery way');

/** `ledger: false`: every copy of a callback runs the method. */
export class DirectDelivery implements DeliveryWay {
  readonly description = 'duplicates are not noticed (ledger: false)';

  deliver(delivery: Delivery): Promise<unknown> {
    return handle(delivery);
  }
}

/** Runs the method and reports the result. Rethrows its error, unless the error shows that this is a duplicate. */
export async function handle(delivery: Delivery): Promise<unknown> {
  const { report, request } = delivery;
  const { redelivery } = request;
  const startedAt = performance.now();
  let value: unknown;
  let isDuplicate = false;
  try {
    value = await delivery.handle();
  } catch (error) {
    isDuplicate = error instanceof CallbackAlreadyHandledError;
    if (!isDuplicate) {
      request.clock.add('handling', startedAt);
      reportFailure(delivery, error);
      throw error;
    }
  }
  request.clock.add('handling', startedAt);
  if (redelivery !== undefined) {
    // Also after a failure, because an interceptor of the application may have run the method again.
    redelivery.state = 'completed';
    redelivery.failure = undefined;
  }
  if (isDuplicate) report.duplicate();
  else report.accepted();
  return value;
}

function reportFailure({ report, request: { redelivery } }: Delivery, error: unknown): void {
  if (redelivery === undefined) {
    report.failed(error);
    return;
  }
  redelivery.failure = error;
  // The answer may have been sent earlier, for example by an interceptor with a time limit. That was reported as a
  // failure.
  if (redelivery.state !== 'reached') return;
  redelivery.state = 'failed';
  report.failed(error);
}
