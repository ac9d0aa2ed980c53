import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor, Optional } from '@nestjs/common';
import { type Observable } from 'rxjs';
import { CallbackRequest } from '../request/callback-request.js';
import { PayloadCheck } from './payload-check.js';

/**
 * Is it intact, and what is it? Compares the exact bytes of the body with the signed hash and creates the validated
 * DTO. Runs after {@link SecureCallbackGuard}, so that nothing is hashed for an unverified sender.
 *
 * `@VideoCallback` does not need it: {@link DeliveryInterceptor} makes the same check first.
 *
 * @throws what `PayloadCheck.run` throws
 */
@Injectable()
export class RawBodyInterceptor implements NestInterceptor {
  // Optional as in SecureCallbackGuard, which checks that the module is imported.
  constructor(@Optional() private readonly payload: PayloadCheck) {}

  /** Called by Nest for every request that the guard accepted. */
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    await this.payload.run(CallbackRequest.of(context));
    return next.handle();
  }
}
