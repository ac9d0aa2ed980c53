import { type CallbackRequest } from '../request/callback-request.js';
import { type CallbackReport } from '../telemetry/callback-report.js';
import { CallbackAlreadyHandledError } from './method-run.js';

/** A callback whose sender and content were found good, and its method. */
export interface Delivery {
  /** Its identity: that of its request. */
  readonly id: string;
  readonly request: CallbackRequest;
  /** Reports what becomes of it. */
  readonly report: CallbackReport;
  /**
   * Runs the user's method, and whatever the application put around it.
   *
   * @throws {CallbackAlreadyHandledError} if it was rolled back, because another copy was handled meanwhile
   */
  handle(): Promise<unknown>;
}

/** What is done with a callback that arrived: the ways differ in what they remember and store. */
export interface DeliveryWay {
  /** For the start-up log: how duplicates are handled. */
  readonly description: string;
  /** Resolves with what the method returned, or with `undefined` where it did not run. */
  deliver(delivery: Delivery): Promise<unknown>;
  /**
   * Keeps a genuine callback whose body cannot be used, where there is a place for it.
   *
   * @param id its identity: see `unusableIdentity`
   * @returns whether it is kept; never rejects
   */
  keepUnusable?(request: CallbackRequest, id: string, rawBody: Buffer, report: CallbackReport): Promise<boolean>;
}

/** Injection token of the {@link DeliveryWay} that the options chose. */
export const DELIVERY_WAY = Symbol('VideoCallbacksModule: delivery way');

/** `ledger: false`: every copy of a callback runs the method. */
export class DirectDelivery implements DeliveryWay {
  readonly description = 'duplicates are not noticed (ledger: false)';

  deliver(delivery: Delivery): Promise<unknown> {
    return handle(delivery);
  }
}

/** Runs the method and reports how that ended. What it throws is thrown on, unless it shows that this is a duplicate. */
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
    // Also after a failure: an interceptor of the application may have run the method again.
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
  // The answer may have come before, as from an interceptor that limits the time: that was reported as the failure.
  if (redelivery.state !== 'reached') return;
  redelivery.state = 'failed';
  report.failed(error);
}
