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

/** Bounds of {@link SignatureKeyCache}; times in seconds. */
interface SignatureKeyCacheOptions {
  /** How long an answer of the provider holds, "unknown" too. */
  readonly ttl: number;
  /** How long the provider may take. */
  readonly timeout: number;
  /** How much longer an answer is used while the provider fails. Default 0. */
  readonly staleIfError?: number;
  /** How many proven projects × kinds are remembered, and as many unproven ones. Default 10 000. */
  readonly size?: number;
  /** Bounds of the lookups for what is proven. */
  readonly proven?: Partial<LookupLimits>;
  /** Bounds of the lookups for what is not. */
  readonly unproven?: Partial<LookupLimits>;
  /** Called with the error when a stale answer is used instead. */
  readonly onStale?: (error: SecretsUnavailableError) => void;
}

/** How many projects × kinds are remembered. */
export const DEFAULT_SECRET_CACHE_SIZE = 10_000;

/** Wide enough that none waits in practice. */
const PROVEN: LookupLimits = { concurrency: 1000, waiting: 10_000, unfinished: 1000 };

/** As many calls at once as a flood may cost the provider. */
const UNPROVEN: LookupLimits = { concurrency: 16, waiting: 1000, unfinished: 1000 };

/** How many names are remembered for each entry of the cache: they take a fraction of the memory. */
const NAMES_PER_ENTRY = 10;

type Keys = readonly SignatureKey[];

/** What the provider has answered; times in ms by the clock of `performance.now()`. */
interface Answer {
  keys: Keys | undefined;
  readonly freshUntil: number;
  readonly staleUntil: number;
  /** When a provider that failed is asked again. */
  retryAt?: number;
}

/**
 * Keeps the keys of a secret provider's answers, so that neither the provider nor the import is on the path of every
 * callback.
 *
 * An unsigned token can name any project. So a project and kind count as proven once a signature was found
 * good. What is proven and what is not are remembered apart and looked up within budgets of their own: whatever arrives
 * unsigned neither displaces nor delays what is proven.
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
   *   many lookups are under way, and there is no stale answer; the cause is kept
   */
  override keysFor(projectId: string, kind: VideoCallbackKind, askedSince?: number): Awaitable<Keys | undefined> {
    const name = entryName(projectId, kind);
    // Only a good signature counts as use, see matched().
    const answer = this.proven.peek(name) ?? this.unproven.get(name);
    const now = performance.now();
    if (answer !== undefined && now < answer.freshUntil) return answer.keys;
    if (answer?.retryAt === undefined || now >= answer.staleUntil) {
      return this.lookUp(name, projectId, kind, askedSince);
    }
    // A provider that failed a moment ago is asked in the background.
    if (now >= answer.retryAt) this.lookUp(name, projectId, kind).catch(() => undefined);
    return answer.keys;
  }

  /** What the provider has answered and is still remembered. */
  keysAtHand(projectId: string, kind: VideoCallbackKind): Keys | undefined {
    const name = entryName(projectId, kind);
    return (this.proven.peek(name) ?? this.unproven.peek(name))?.keys;
  }

  override async knowsProject(projectId: string, kind: VideoCallbackKind): Promise<boolean> {
    return (await this.keysFor(projectId, kind)) !== undefined;
  }

  /** The project and kind are proven. */
  matched(projectId: string, kind: VideoCallbackKind, key: SignatureKey): void {
    const answer = this.prove(entryName(projectId, kind));
    if (answer?.keys !== undefined) answer.keys = withKeyInFront(answer.keys, key);
  }

  /** Genuine callbacks wait for this answer, whatever it is, so that it counts as proven too. */
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
    // A later call may have had a newer answer meanwhile.
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
