import { setTimeout as wait } from 'node:timers/promises';
import { type SecretQuery, SignatureSecretProvider } from 'nestjs-vonage-video-callbacks';
import { type Random } from '../../support/random.js';
import { SECRETS } from './setup.js';

/** Fastest and slowest answer, in ms. */
const DELAY = [5, 300] as const;
const FAILING = 0.02;
const HANGING = 0.01;
/** In every so many ms it is ill for a while: then it hangs or fails always. */
const PERIOD = 30_000;
const ILL_FROM = 20_000;
const ILL_UNTIL = 22_500;
/** How long one that does not care for the signal hangs, in ms: longer than anybody waits. */
const LONG_HANG = 4000;

/** A vault as one meets it in production: slow, at times ill, at times silent. */
export class SlowSecrets extends SignatureSecretProvider {
  private readonly startedAt = Date.now();
  private isCalm = false;

  constructor(private readonly random: Random) {
    super();
  }

  /** Lets it be slow, but well, from now on. */
  calm(): void {
    this.isCalm = true;
  }

  override async secretsFor({ projectId, signal }: SecretQuery): Promise<string | undefined> {
    await wait(this.random.between(...DELAY));
    const isIll = this.isIll();
    if (!this.isCalm && this.random.chance(isIll ? 0.3 : HANGING)) await this.hang(signal);
    if (!this.isCalm && this.random.chance(isIll ? 1 : FAILING)) throw new Error('the vault is ill');
    return Object.hasOwn(SECRETS, projectId) ? SECRETS[projectId] : undefined;
  }

  private isIll(): boolean {
    const inPeriod = (Date.now() - this.startedAt) % PERIOD;
    return inPeriod >= ILL_FROM && inPeriod < ILL_UNTIL;
  }

  /** Half of the time it heeds the signal, as a good client of a vault does. */
  private async hang(signal: AbortSignal): Promise<void> {
    await wait(LONG_HANG, undefined, this.random.chance(0.5) ? { signal } : {});
  }
}
