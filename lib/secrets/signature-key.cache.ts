import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { type Awaitable } from '../verification/awaitable.js';
import { OwnFault } from '../verification/own-fault.js';
import { importSignatureKeys, type SignatureKey, type SignatureKeySource } from '../verification/signature-key.js';
import { BoundedCache } from './bounded-cache.js';
import { LookupSlots } from './lookup-slots.js';
import { secretList } from './secret-rules.js';
import { StaticSecretProvider } from './static-secret.provider.js';
import { type SignatureSecretProvider } from './signature-secret.provider.js';

/** Bounds of {@link SignatureKeyCache}; times in seconds. */
export interface SignatureKeyCacheOptions {
  /** How long an answer of the provider holds, "unknown" too. */
  readonly ttl: number;
  /** How long the provider may take. */
  readonly timeout: number;
  /** How many projects × kinds are remembered, and as many unknown ones. Default 1 000. */
  readonly entries?: number;
  /** How many lookups of projects that are not known yet may be under way at once. Default 16. */
  readonly concurrency?: number;
  /** How many of them may be under way or waiting, and how many calls may be left hanging. Default 1 000. */
  readonly waiting?: number;
}

/** The signature secrets cannot be had at the moment. Our own fault, never the sender's. */
export class SecretsUnavailableError extends OwnFault {
  override readonly name = 'SecretsUnavailableError';
}

type Keys = readonly SignatureKey[];

/**
 * Keeps imported keys, so that neither the provider nor the import is on the path of every callback.
 *
 * Whoever can reach the endpoint can name any project in an unsigned token. So what is known and what is not known
 * are remembered apart, one lookup at a time is made per project and kind, the number of lookups for strangers is
 * bounded, and a project that was known is looked up again without waiting behind them.
 */
export class SignatureKeyCache implements SignatureKeySource {
  private readonly known: BoundedCache<Keys>;
  private readonly unknown: BoundedCache<true>;
  private readonly lookups = new Map<string, Promise<Keys | undefined>>();
  private readonly ttl: number;
  private readonly timeout: number;
  private readonly slots: LookupSlots;
  private readonly maxLookups: number;
  /** Calls of the provider that have not ended, those that were given up included. */
  private calls = 0;
  private lastCallAt = -Infinity;

  constructor(
    private readonly provider: SignatureSecretProvider,
    { ttl, timeout, entries = 1000, concurrency = 16, waiting = 1000 }: SignatureKeyCacheOptions,
  ) {
    this.known = new BoundedCache(entries);
    this.unknown = new BoundedCache(entries);
    this.ttl = ttl * 1000;
    this.timeout = timeout * 1000;
    this.slots = new LookupSlots(concurrency);
    this.maxLookups = waiting;
  }

  /**
   * @throws {SecretsUnavailableError} if the provider throws, takes too long, answers with unusable secrets, or too
   *   many lookups are under way; the cause is kept
   */
  keysFor(projectId: string, kind: VideoCallbackKind): Awaitable<Keys | undefined> {
    const entry = entryName(projectId, kind);
    const known = this.known.get(entry);
    if (known?.isFresh) return known.value;
    if (known === undefined && this.unknown.get(entry)?.isFresh) return undefined;
    return this.lookups.get(entry) ?? this.startLookup(entry, projectId, kind, known !== undefined);
  }

  /** What is written down in the options, and what a provider has answered and still holds. */
  async keysAtHand(projectId: string, kind: VideoCallbackKind): Promise<Keys | undefined> {
    if (!(this.provider instanceof StaticSecretProvider)) return this.known.get(entryName(projectId, kind))?.value;
    try {
      return await this.keysFor(projectId, kind);
    } catch {
      // The project has no secret for this kind.
      return undefined;
    }
  }

  /** Puts the key that matched in front: each wrong key that is tried first costs a whole verification. */
  matched(projectId: string, kind: VideoCallbackKind, key: SignatureKey): void {
    const entry = entryName(projectId, kind);
    const keys = this.known.get(entry)?.value;
    if (!keys?.includes(key)) return;
    // A new list: requests that are being verified at this moment go on over the old one undisturbed.
    this.known.replace(entry, [key, ...keys.filter((other) => other !== key)]);
  }

  private startLookup(entry: string, projectId: string, kind: VideoCallbackKind, wasKnown: boolean) {
    if (this.isOverrun() || (!wasKnown && this.lookups.size >= this.maxLookups)) {
      throw new SecretsUnavailableError(`${this.maxLookups} lookups of signature secrets are under way already`);
    }
    const lookup = this.lookUp(projectId, kind, wasKnown)
      .then((keys) => {
        this.remember(entry, keys);
        return keys;
      })
      .finally(() => this.lookups.delete(entry));
    this.lookups.set(entry, lookup);
    return lookup;
  }

  /** Whether too many calls hang. Then one is tried now and then, to notice that the provider is well again. */
  private isOverrun(): boolean {
    return this.calls >= this.maxLookups && performance.now() - this.lastCallAt < 2 * this.timeout;
  }

  private remember(entry: string, keys: Keys | undefined): void {
    if (keys === undefined) {
      this.known.delete(entry);
      this.unknown.set(entry, true, this.ttl);
    } else {
      this.unknown.delete(entry);
      this.known.set(entry, keys, this.ttl);
    }
  }

  private async lookUp(projectId: string, kind: VideoCallbackKind, wasKnown: boolean): Promise<Keys | undefined> {
    const slot = wasKnown ? Promise.resolve(() => undefined) : this.slots.acquire();
    const controller = new AbortController();
    const expiry = new Promise<never>((_, reject) => {
      controller.signal.addEventListener('abort', () => {
        reject(new SecretsUnavailableError(`no answer within ${this.timeout / 1000} s`));
      });
    });
    const timer = setTimeout(() => {
      controller.abort();
    }, this.timeout);
    try {
      await Promise.race([slot, expiry]);
      const secrets = await Promise.race([this.ask(projectId, kind, controller.signal), expiry]);
      if (secrets === undefined) return undefined;
      return importSignatureKeys(secretList(secrets, `the secret provider's answer for ${kind}`));
    } catch (cause) {
      throw new SecretsUnavailableError(`the signature secrets for ${kind} callbacks cannot be had`, { cause });
    } finally {
      clearTimeout(timer);
      // Also when the time ran out before it was this lookup's turn.
      void slot.then((release) => {
        release();
      });
    }
  }

  private async ask(projectId: string, kind: VideoCallbackKind, signal: AbortSignal) {
    this.calls += 1;
    this.lastCallAt = performance.now();
    try {
      return await this.provider.secretsFor({ projectId, kind, signal });
    } finally {
      this.calls -= 1;
    }
  }
}

function entryName(projectId: string, kind: VideoCallbackKind): string {
  return `${kind} ${projectId}`;
}
