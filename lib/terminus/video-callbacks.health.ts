import { Injectable, type OnModuleInit, Optional } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { DeliveryHealth, type DeliveryHealthReport } from '../delivery/delivery-health.js';
import { checkNumbers } from '../options/option-checks.js';
import { ModuleNotImportedError } from '../verification/own-fault.js';
import { type InboxLimits, judge } from './health-verdict.js';

/** Options of {@link VideoCallbacksHealthIndicator.isHealthy}. */
export interface VideoCallbacksHealthOptions extends InboxLimits {
  /**
   * Whether refusals are counted by their reason. Default `false`: a sender who can read them learns why a
   * request was refused, which the answer does not say.
   */
  readonly refusals?: boolean | undefined;
}

/**
 * Reports to `@nestjs/terminus` whether callbacks can be remembered, and the number of callbacks by outcome. Add it to
 * the providers of a module that imports TerminusModule. The answer names no project, no address and no secret.
 *
 * @example
 * this.health.check([() => this.videoCallbacks.isHealthy('video-callbacks', { maxDead: 0 })])
 */
@Injectable()
export class VideoCallbacksHealthIndicator implements OnModuleInit {
  constructor(
    private readonly indicator: HealthIndicatorService,
    // Optional, so that a missing module gives our own error message instead of one of Nest.
    @Optional() private readonly delivery: DeliveryHealth,
  ) {}

  /**
   * Called by Nest at start-up.
   *
   * @throws {ModuleNotImportedError} if VideoCallbacksModule cannot be seen from here
   */
  onModuleInit(): void {
    if ((this.delivery as unknown) !== undefined) return;
    throw new ModuleNotImportedError('VideoCallbacksHealthIndicator', 'the module that provides the indicator');
  }

  /**
   * - `up`: callbacks are remembered as the options `ledger` and `inbox` say.
   * - `degraded`: the ledger or the inbox is unavailable and callbacks are handled at once, so that copies may be handled again.
   *   Terminus 11 knows no such status: there it is `up` with `degraded: true`.
   * - `down`: it is unavailable and callbacks are answered 503 (`unavailable: 'reject'`), or the inbox is fuller than
   *   permitted. Set limits in checks that raise an alarm, not in checks of a load balancer: a full inbox still accepts
   *   callbacks.
   *
   * `waiting` and `dead` are those of the inbox; `outcomes` are counted in this process, since it started.
   *
   * @param key the name in the result
   * @throws {RangeError} if a limit is out of its range
   */
  async isHealthy<const Key extends string = 'video-callbacks'>(
    key: Key = 'video-callbacks' as Key,
    options: VideoCallbacksHealthOptions = {},
  ): Promise<HealthIndicatorResult<Key>> {
    const { maxWaiting, maxDead } = options;
    checkNumbers('VideoCallbacksHealthIndicator', { maxWaiting, maxDead });
    const report = await this.delivery.check();
    const { status, ...reason } = judge(report, options);
    const details = { ...reason, ...detailsOf(report, options) };
    const session: Session<Key> = this.indicator.check(key);
    switch (status) {
      case 'up':
        return session.up(details);
      case 'degraded':
        return session.degraded?.({ degraded: true, ...details }) ?? session.up({ degraded: true, ...details });
      case 'down':
        return session.down(details);
    }
  }
}

type Statuses<Key extends string> = ReturnType<typeof HealthIndicatorService.prototype.check<Key>>;

/** The part that every supported version of Terminus has. */
type Session<Key extends string> = Pick<Statuses<Key>, 'up' | 'down'> & Partial<Pick<Statuses<Key>, 'degraded'>>;

function detailsOf({ storage, inbox, outcomes, refusals }: DeliveryHealthReport, options: VideoCallbacksHealthOptions) {
  return { storage, ...inbox, outcomes, ...(options.refusals === true ? { refusals } : {}) };
}
