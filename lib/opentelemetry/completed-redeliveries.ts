import { type GenuineCallback } from '../telemetry/callback-outcome.js';

/** Many more than one process delivers while the answer to one of them is written. */
const REMEMBERED = 1000;

/**
 * The latest redeliveries whose method completed. One of them can still fail, when its answer is not 2xx, which is told
 * once its span has ended.
 */
export class CompletedRedeliveries {
  private readonly latest = new Set<string>();

  add(callback: GenuineCallback): void {
    for (const oldest of this.latest) {
      if (this.latest.size < REMEMBERED) break;
      this.latest.delete(oldest);
    }
    this.latest.add(keyOf(callback));
  }

  /** Whether it is one of them; only once. */
  take(callback: GenuineCallback): boolean {
    return this.latest.delete(keyOf(callback));
  }
}

function keyOf({ jti, attempt: { attempt, firstReceivedAt } }: GenuineCallback): string {
  return `${firstReceivedAt.getTime()} ${attempt} ${jti}`;
}
