import { CallbackRejection, type RejectionReason } from './callback-rejection.js';
import { type Awaitable } from './signature-key.js';

/** Every check of a request, as stable codes, in the order in which they are made. */
export const CALLBACK_CHECKS = [
  'user_agent',
  'authorization',
  'token_form',
  'algorithm',
  'critical_header',
  'project',
  'signature',
  'issuer',
  'issued_at',
  'expiry',
  'not_before',
  'token_id',
  'payload_hash_claimed',
  'payload_hash',
] as const;

/** One of {@link CALLBACK_CHECKS}. */
export type CallbackCheckName = (typeof CALLBACK_CHECKS)[number];

/** One check of a request, and how it ended. */
export interface CallbackCheck {
  readonly name: CallbackCheckName;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Why the request is refused, if the check failed. */
  readonly reason?: RejectionReason;
  /** What is wrong, or why the check was skipped, for the operator. It holds no secret, no token and no payload. */
  readonly explanation?: string;
}

/** The checks of one request, as they are made. */
export class CheckList {
  readonly checks: CallbackCheck[] = [];

  /**
   * Makes a check.
   *
   * @param step throws a {@link CallbackRejection} if the request is refused; any other error is passed on
   * @returns what the step returns; `undefined` if the check failed
   */
  async make<Found>(name: CallbackCheckName, step: () => Awaitable<Found>): Promise<Found | undefined> {
    try {
      const found = await step();
      this.checks.push({ name, outcome: 'passed' });
      return found;
    } catch (error) {
      if (!(error instanceof CallbackRejection)) throw error;
      this.checks.push({ name, outcome: 'failed', reason: error.reason, explanation: error.message });
      return undefined;
    }
  }

  /** Notes why a check cannot be made. */
  skip(name: CallbackCheckName, explanation: string): void {
    this.checks.push({ name, outcome: 'skipped', explanation });
  }

  /** Whether one of these checks has failed. */
  hasFailed(...names: readonly CallbackCheckName[]): boolean {
    return this.checks.some(({ name, outcome }) => outcome === 'failed' && names.includes(name));
  }
}
