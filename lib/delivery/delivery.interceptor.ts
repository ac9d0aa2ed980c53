import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor, Optional } from '@nestjs/common';
import { defaultIfEmpty, type Observable, tap } from 'rxjs';
import { handedOverCallback } from '../request/handed-over-callback.js';
import { CallbackTelemetry } from '../telemetry/callback-telemetry.js';
import { genuineOutcome } from '../telemetry/genuine-outcome.js';

/** Hands a callback over to its method and reports how that ended. Runs behind {@link RawBodyInterceptor}. */
@Injectable()
export class DeliveryInterceptor implements NestInterceptor {
  // Optional as in SecureCallbackGuard, which checks it.
  constructor(@Optional() private readonly telemetry: CallbackTelemetry) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { token, content } = handedOverCallback(context);
    const outcome = genuineOutcome(context, token);
    return next.handle().pipe(
      // Nest has no answer for an Observable that completes without a value.
      defaultIfEmpty(undefined),
      tap({
        complete: () => {
          this.telemetry.accepted({ ...outcome, setAside: content.setAside });
        },
        error: (error: unknown) => {
          this.telemetry.failed({ ...outcome, error });
        },
      }),
    );
  }
}
