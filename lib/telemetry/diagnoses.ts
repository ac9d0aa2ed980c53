import { setImmediate } from 'node:timers/promises';
import { type RejectedOutcome } from './callback-outcome.js';

/** Finds out more about a refusal than it takes to refuse; `undefined` if there is no more. */
export type Diagnose = () => string | undefined | Promise<string | undefined>;

/** In place of a diagnosis that is left out, because there were too many within the second. */
const NOT_DIAGNOSED = 'Not diagnosed: too many refusals at once';

/** Diagnoses of a reason in a second, for each route: some tried signatures, or a body printed in a dozen ways. */
const PER_SECOND: Readonly<Partial<Record<RejectedOutcome['reason'], number>>> = { signature_mismatch: 50 };
/** Those of every other reason. */
const FEW_PER_SECOND = 10;

/**
 * Makes diagnoses of refusals, as many as cost little: any request can cause one. Each of a wrong secret is diagnosed
 * up to a rate that guessing by hand or by a slow scanner does not reach, so that one genuine callback among them is
 * found.
 */
export class Diagnoses {
  // One entry for each reason that is diagnosed and each secured route.
  private readonly spendings = new Map<string, { readonly second: number; count: number }>();
  private readonly pending = new Set<Promise<void>>();

  /** Reports what was found about a refusal, after its sender has the answer; at once if the budget is spent. */
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

  /** Resolves when all that were begun are reported. */
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

/** Not before the sender has its answer: the time that it takes depends on what is found. */
async function afterAnswer(diagnose: Diagnose): Promise<string | undefined> {
  await setImmediate();
  try {
    return await diagnose();
  } catch {
    return undefined; // The refusal is reported all the same.
  }
}
