import { setImmediate } from 'node:timers/promises';
import { type RejectedOutcome } from './callback-outcome.js';

/** Finds out more about a refusal for the operator; `undefined` if there is nothing to add. */
export type Diagnose = () => string | undefined | Promise<string | undefined>;

/** Replaces a diagnosis that is skipped, because there were too many within the second. */
const NOT_DIAGNOSED = 'Not diagnosed: too many refusals at once';

/**
 * Limits of diagnoses per second, reason and route. A diagnosis tries some signatures, or prints a body in a dozen
 * ways.
 */
const PER_SECOND: Readonly<Partial<Record<RejectedOutcome['reason'], number>>> = { signature_mismatch: 50 };
/** The limit for every other reason. */
const FEW_PER_SECOND = 10;

/**
 * Diagnoses refusals, at a limited rate, because any request can cause one. The limit for a wrong secret is above the
 * rate of a slow scanner, so that a genuine callback among its requests is still diagnosed.
 */
export class Diagnoses {
  // One entry for each diagnosed reason and each secured route.
  private readonly spendings = new Map<string, { readonly second: number; count: number }>();
  private readonly pending = new Set<Promise<void>>();

  /** Reports the diagnosis of a refusal after its sender has the answer, or at once if the limit is reached. */
  make({ reason, route }: RejectedOutcome, diagnose: Diagnose, report: (diagnosis: string | undefined) => void): void {
    if (!this.spend(`${reason} ${route}`, PER_SECOND[reason] ?? FEW_PER_SECOND)) {
      report(NOT_DIAGNOSED);
      return;
    }
    const made = afterAnswer(diagnose)
      .then(report)
      .finally(() => this.pending.delete(made));
    this.pending.add(made);
  }

  /** Resolves when all started diagnoses are reported. */
  async settled(): Promise<void> {
    await Promise.all(this.pending);
  }

  private spend(key: string, most: number): boolean {
    const second = Math.floor(performance.now() / 1000);
    const known = this.spendings.get(key);
    const spending = known?.second === second ? known : { second, count: 0 };
    this.spendings.set(key, spending);
    spending.count += 1;
    return spending.count <= most;
  }
}

/** Only after the sender has its answer, because the time of a diagnosis depends on its result. */
async function afterAnswer(diagnose: Diagnose): Promise<string | undefined> {
  await setImmediate();
  try {
    return await diagnose();
  } catch {
    return undefined; // The refusal is reported anyway.
  }
}
