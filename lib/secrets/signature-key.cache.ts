import { LRUCache } from 'lru-cache';
import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import {
  type Awaitable,
  importSignatureKeys,
  type SignatureKey,
  withKeyInFront,
} from '../verification/signature-key.js';
import { LookupBudget, type LookupLimits } from './lookup-budget.js';
import { secretList, type SecretsUnavailableError, secretsUnavailable } from './secret-rules.js';
import { ProjectKeys, type SignatureSecretProvider } from './signature-secret.provider.js';

/** Limits of {@link SignatureKeyCache}; times in seconds. */
interface SignatureKeyCacheOptions {
  /** How long an answer of the provider is cached, also if the project is unknown. */
  readonly ttl: number;
  /** How long the provider may take. */
  readonly timeout: number;
  /** How much longer a cached answer is used while the provider fails. Default 0. */
  readonly staleIfError?: number;
  /** How many proven projects × kinds are cached. The same number of unproven ones is cached. Default 10 000. */
  readonly size?: number;
  /** Limits of lookups for proven projects and kinds. */
  readonly proven?: Partial<LookupLimits>;
  /** Limits of lookups for unproven projects and kinds. */
  readonly unproven?: Partial<LookupLimits>;
  /** Called with the error when a stale answer is used instead. */
  readonly onStale?: (error: SecretsUnavailableError) => void;
}

/** How many projects × kinds are cached. */
export const DEFAULT_SECRET_CACHE_SIZE = 10_000;

/** Large enough that no lookup waits in practice. */
const PROVEN: LookupLimits = { concurrency: 1000, waiting: 10_000, unfinished: 1000 };

/** The load on the provider that a flood may cause. */
const UNPROVEN: LookupLimits = { concurrency: 16, waiting: 1000, unfinished: 1000 };

/** How many names are kept per entry of the cache. Names need only a fraction of the memory. */
const NAMES_PER_ENTRY = 10;

type Keys = readonly SignatureKey[];

/** An answer of the provider; times are values of `performance.now()` in ms. */
interface Answer {
  keys: Keys | undefined;
  readonly freshUntil: number;
  readonly staleUntil: number;
  /** When to ask a failed provider again. */
  retryAt?: number;
}

/**
 * Caches the imported keys of a secret provider's answers, so that not every callback waits for the provider and the
 * import.
 *
 * An unsigned token can name any project. So a project and kind count as proven once a signature was good. Proven and
 * unproven ones have separate caches and lookup budgets: unsigned requests can neither displace nor delay proven
 * projects.
 */
export class SignatureKeyCache extends ProjectKeys {
  private readonly proven: LRUCache<string, Answer>;
  private readonly unproven: LRUCache<string, Answer>;
  /** Proven names whose answer was evicted. */
  private readonly provenNames = new Set<string>();
  private readonly provenLookups: LookupBudget<Keys | undefined>;
  private readonly unprovenLookups: LookupBudget<Keys | undefined>;
  private readonly ttlMs: number;
  private readonly timeoutMs: number;
  private readonly staleIfErrorMs: number;
  private readonly size: number;
  private readonly onStale: (error: SecretsUnavailableError) => void;

  constructor(
    private readonly provider: SignatureSecretProvider,
    options: SignatureKeyCacheOptions,
  ) {
    super();
    this.ttlMs = options.ttl * 1000;
    this.timeoutMs = options.timeout * 1000;
    this.staleIfErrorMs = (options.staleIfError ?? 0) * 1000;
    this.size = options.size ?? DEFAULT_SECRET_CACHE_SIZE;
    this.onStale = options.onStale ?? (() => undefined);
    this.proven = new LRUCache({
      max: this.size,
      dispose: (_, name, reason) => {
        if (reason === 'evict') this.rememberName(name);
      },
    });
    this.unproven = new LRUCache({ max: this.size });
    this.provenLookups = new LookupBudget({ ...PROVEN, ...options.proven }, this.timeoutMs);
    this.unprovenLookups = new LookupBudget({ ...UNPROVEN, ...options.unproven }, this.timeoutMs);
  }

  /**
   * @throws {SecretsUnavailableError} if the provider throws, takes too long, answers with unusable secrets, or too
   *   many lookups are running, and there is no stale answer; its `cause` says why
   */
  override keysFor(projectId: string, kind: VideoCallbackKind, askedSince?: number): Awaitable<Keys | undefined> {
    const name = entryName(projectId, kind);
    // Only a good signature counts as use: see matched().
    const answer = this.proven.peek(name) ?? this.unproven.get(name);
    const now = performance.now();
    if (answer !== undefined && now < answer.freshUntil) return answer.keys;
    if (answer?.retryAt === undefined || now >= answer.staleUntil) {
      return this.lookUp(name, projectId, kind, askedSince);
    }
    // If the provider just failed, it is asked in the background.
    if (now >= answer.retryAt) this.lookUp(name, projectId, kind).catch(() => undefined);
    return answer.keys;
  }

  /** The cached answer of the provider. */
  keysAtHand(projectId: string, kind: VideoCallbackKind): Keys | undefined {
    const name = entryName(projectId, kind);
    return (this.proven.peek(name) ?? this.unproven.peek(name))?.keys;
  }

  override async knowsProject(projectId: string, kind: VideoCallbackKind): Promise<boolean> {
    return (await this.keysFor(projectId, kind)) !== undefined;
  }

  /** Marks the project and kind as proven. */
  matched(projectId: string, kind: VideoCallbackKind, key: SignatureKey): void {
    const answer = this.prove(entryName(projectId, kind));
    if (answer?.keys !== undefined) answer.keys = withKeyInFront(answer.keys, key);
  }

  /** Genuine callbacks wait for this answer, so the project and kind count as proven too. */
  passedOver(projectId: string, kind: VideoCallbackKind): void {
    this.prove(entryName(projectId, kind));
  }

  private prove(name: string): Answer | undefined {
    const proven = this.proven.get(name);
    if (proven !== undefined) return proven;
    const answer = this.unproven.peek(name);
    if (answer === undefined) this.rememberName(name);
    else {
      this.unproven.delete(name);
      this.proven.set(name, answer);
    }
    return answer;
  }

  private rememberName(name: string): void {
    this.provenNames.add(name);
    const [oldest] = this.provenNames;
    if (oldest !== undefined && this.provenNames.size > NAMES_PER_ENTRY * this.size) this.provenNames.delete(oldest);
  }

  private isProven(name: string): boolean {
    return this.proven.has(name) || this.provenNames.has(name);
  }

  private async lookUp(
    name: string,
    projectId: string,
    kind: VideoCallbackKind,
    askedSince?: number,
  ): Promise<Keys | undefined> {
    const lookups = this.isProven(name) ? this.provenLookups : this.unprovenLookups;
    try {
      const waitMs = askedSince === undefined ? undefined : askedSince + this.timeoutMs - performance.now();
      return await lookups.lookUp(name, (signal) => this.ask(name, projectId, kind, signal), waitMs);
    } catch (cause) {
      const error = secretsUnavailable(kind, cause);
      const now = performance.now();
      const stale = this.proven.peek(name);
      if (stale === undefined || now >= stale.staleUntil) throw error;
      stale.retryAt = now + this.timeoutMs;
      this.onStale(error);
      return stale.keys;
    }
  }

  private async ask(name: string, projectId: string, kind: VideoCallbackKind, signal: AbortSignal) {
    const secrets = await this.provider.secretsFor({ projectId, kind, signal });
    const keys =
      secrets === undefined
        ? undefined
        : await importSignatureKeys(secretList(secrets, `the secret provider's answer for ${kind}`));
    // A later call may have got a newer answer in the meantime.
    if (!signal.aborted) this.remember(name, keys);
    return keys;
  }

  private remember(name: string, keys: Keys | undefined): void {
    const freshUntil = performance.now() + this.ttlMs;
    const answer: Answer = { keys, freshUntil, staleUntil: freshUntil + this.staleIfErrorMs };
    if (this.isProven(name)) {
      this.provenNames.delete(name);
      this.proven.set(name, answer);
    } else this.unproven.set(name, answer);
  }
}

function entryName(projectId: string, kind: VideoCallbackKind): string {
  return `${kind} ${projectId}`;
}
