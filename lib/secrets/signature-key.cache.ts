import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { OwnFault } from '../verification/own-fault.js';
import { importSignatureKeys, type SignatureKey, type SignatureKeySource } from '../verification/signature-key.js';
import { ExpiringCache } from './expiring-cache.js';
import { LookupSlots } from './lookup-slots.js';
import { secretList } from './secret-rules.js';
import { type SignatureSecretProvider } from './signature-secret.provider.js';

/** Bounds of {@link SignatureKeyCache}; times in seconds. */
export interface SignatureKeyCacheOptions {
  /** How long an answer of the provider holds, "unknown" too. */
  readonly ttl: number;
  /** How long the provider may take. */
  readonly timeout: number;
  /** How many projects × kinds are remembered, and as many unknown ones. Default 1 000. */
  readonly entries?: number;
  /** How many lookups may be under way at once. Default 16. */
  readonly concurrency?: number;
  /** How many lookups may be under way or waiting for their turn. Default 1 000. */
  readonly waiting?: number;
}

/** The signature secrets cannot be had at the moment. Our own fault, never the sender's. */
export class SecretsUnavailableError extends OwnFault {
  override readonly name = 'SecretsUnavailableError';
}

/**
 * Keeps imported keys, so that neither the provider nor the import is on the path of every callback.
 *
 * Whoever can reach the endpoint can name any project in an unsigned token. So what is known and what is not known
 * are remembered apart (noise cannot drive out a known project), one lookup at a time is made per project and kind,
 * and the number of lookups that are under way or waiting is bounded.
 */
export class SignatureKeyCache implements SignatureKeySource {
  private readonly known: ExpiringCache<readonly SignatureKey[]>;
  private readonly unknown: ExpiringCache<true>;
  private readonly lookups = new Map<string, Promise<readonly SignatureKey[] | undefined>>();
  private readonly timeout: number;
  private readonly slots: LookupSlots;
  private readonly maxLookups: number;

  constructor(
    private readonly provider: SignatureSecretProvider,
    { ttl, timeout, entries = 1000, concurrency = 16, waiting = 1000 }: SignatureKeyCacheOptions,
  ) {
    this.known = new ExpiringCache(entries, ttl * 1000);
    this.unknown = new ExpiringCache(entries, ttl * 1000);
    this.timeout = timeout * 1000;
    this.slots = new LookupSlots(concurrency);
    this.maxLookups = waiting;
  }

  /**
   * @throws {SecretsUnavailableError} if the provider throws, takes too long, answers with unusable secrets, or too
   *   many lookups are under way; the cause is kept
   */
  keysFor(
    projectId: string,
    kind: VideoCallbackKind,
  ): readonly SignatureKey[] | undefined | Promise<readonly SignatureKey[] | undefined> {
    const entry = entryName(projectId, kind);
    const keys = this.known.get(entry);
    if (keys !== undefined) return keys;
    if (this.unknown.get(entry)) return undefined;
    return this.lookups.get(entry) ?? this.startLookup(entry, projectId, kind);
  }

  /** Puts the key that matched in front: each wrong key that is tried first costs a whole verification. */
  matched(projectId: string, kind: VideoCallbackKind, key: SignatureKey): void {
    const entry = entryName(projectId, kind);
    const keys = this.known.get(entry);
    if (!keys?.includes(key)) return;
    // A new list: requests that are being verified at this moment go on over the old one undisturbed.
    this.known.replace(entry, [key, ...keys.filter((other) => other !== key)]);
  }

  private startLookup(entry: string, projectId: string, kind: VideoCallbackKind) {
    if (this.lookups.size >= this.maxLookups) {
      throw new SecretsUnavailableError(`${this.maxLookups} lookups of signature secrets are under way already`);
    }
    const lookup = this.lookUp(projectId, kind)
      .then((keys) => {
        if (keys === undefined) this.unknown.set(entry, true);
        else this.known.set(entry, keys);
        return keys;
      })
      .finally(() => this.lookups.delete(entry));
    this.lookups.set(entry, lookup);
    return lookup;
  }

  private async lookUp(projectId: string, kind: VideoCallbackKind): Promise<readonly SignatureKey[] | undefined> {
    const slot = this.slots.acquire();
    let timer: NodeJS.Timeout | undefined;
    const expiry = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new SecretsUnavailableError(`no answer within ${this.timeout / 1000} s`));
      }, this.timeout);
    });
    try {
      await Promise.race([slot, expiry]);
      const secrets = await Promise.race([this.provider.secretsFor({ projectId, kind }), expiry]);
      if (secrets === undefined) return undefined;
      return await importSignatureKeys(secretList(secrets, `the secret provider's answer for ${kind}`));
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
}

function entryName(projectId: string, kind: VideoCallbackKind): string {
  return `${kind} ${projectId}`;
}
