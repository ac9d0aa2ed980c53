import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { CallbackRejection } from './callback-rejection.js';
import {
  MAX_PROJECT_LENGTH,
  projectPath,
  secretOf,
  type SignatureKey,
  type SignatureKeySource,
} from './signature-key.js';
import { findSigner } from './token-signature.js';
import { type UnverifiedToken } from './unverified-token.js';

/** The keys to verify a token with, as a callback of one kind. */
export interface KeyChoice {
  readonly kind: VideoCallbackKind;
  readonly projectId: string;
  readonly keys: readonly SignatureKey[];
  /** An unknown project that the token also names. */
  readonly passedOver: string | undefined;
}

/** A kind whose keys are currently unavailable. */
export interface UnavailableKeys {
  readonly kind: VideoCallbackKind;
  /** The error of the key source. */
  readonly error: unknown;
}

/** What {@link TokenKeys.choose} found. */
interface KeyChoices {
  readonly found: readonly KeyChoice[];
  /** The kinds whose unavailable keys might have signed it too. */
  readonly unavailable: readonly UnavailableKeys[];
  /** Creates the rejection for a token that none of these keys has signed. */
  readonly refusal: () => unknown;
}

/** Chooses the keys of the projects that a token names, and finds the ones that signed it. */
export class TokenKeys {
  /** @param clockTolerance in seconds */
  constructor(
    private readonly source: SignatureKeySource,
    private readonly clockTolerance: number,
  ) {}

  /** Returns, for each kind, the keys of the first project that has any. All kinds are looked up at once. */
  async choose(claims: UnverifiedToken['claims'], kinds: readonly VideoCallbackKind[]): Promise<KeyChoices> {
    const results = await Promise.allSettled(kinds.map((kind) => this.chooseFor(claims, kind)));
    const found = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const failures = kinds.flatMap((kind, index) => {
      const result = results[index];
      return result?.status === 'rejected' ? [{ kind, error: result.reason as unknown }] : [];
    });
    const unavailable = failures.filter(({ error }) => !(error instanceof CallbackRejection));
    const refusal = () => {
      const [choice] = found;
      const [unknown] = failures;
      // Unavailable keys might have matched, and a project is unknown only if it is unknown for every kind.
      const [fault = choice === undefined ? unknown : undefined] = unavailable;
      return fault === undefined && choice !== undefined ? signatureMismatch(kinds, choice.projectId) : fault?.error;
    };
    return { found, unavailable, refusal };
  }

  /** The keys that are known without asking a vault. */
  async atHand(claims: UnverifiedToken['claims'], kinds: readonly VideoCallbackKind[]): Promise<readonly KeyChoice[]> {
    const choices: KeyChoice[] = [];
    for (const kind of kinds) {
      for (const projectId of projectsOf(claims)) {
        const keys = await this.source.keysAtHand?.(projectId, kind);
        if (keys !== undefined) choices.push({ kind, projectId, keys, passedOver: undefined });
      }
    }
    return choices;
  }

  /**
   * Tries the keys of every kind, also after one has matched: kinds may share a secret, and the time must not depend on
   * which kind matches.
   *
   * @param now the time to check the claims against
   * @throws {CallbackRejection} `token_malformed`
   */
  async signersOf(token: string, choices: readonly KeyChoice[], now: Date) {
    const signers = [];
    for (const { kind, projectId, keys, passedOver } of choices) {
      const signer = await findSigner(token, keys, now, this.clockTolerance);
      if (signer === undefined) continue;
      const { key, refused } = signer;
      this.source.matched?.(projectId, kind, key);
      if (passedOver !== undefined) this.source.passedOver?.(passedOver, kind);
      signers.push({ kind, projectId, secret: secretOf(key), refused });
    }
    return signers;
  }

  /** Reports kinds whose keys did not sign a good token, because every such token waits for their lookup. */
  passOver(claims: UnverifiedToken['claims'], kinds: readonly VideoCallbackKind[]): void {
    for (const kind of kinds) {
      for (const projectId of projectsOf(claims)) this.source.passedOver?.(projectId, kind);
    }
  }

  /** The kind of the first of these keys that signed the token. */
  async kindOfSigner(token: string, choices: readonly KeyChoice[]): Promise<VideoCallbackKind | undefined> {
    for (const { kind, keys } of choices) {
      if ((await findSigner(token, keys, new Date(), this.clockTolerance)) !== undefined) return kind;
    }
    return undefined;
  }

  /** The claims are not verified yet: they are used only to choose the keys. */
  private async chooseFor(claims: UnverifiedToken['claims'], kind: VideoCallbackKind): Promise<KeyChoice> {
    let unknown: string | undefined;
    let askedSince: number | undefined;
    for (const projectId of projectsOf(claims)) {
      const startedAt = performance.now();
      const keys = await this.source.keysFor(projectId, kind, askedSince);
      if (keys !== undefined) return { kind, projectId, keys, passedOver: unknown };
      askedSince = startedAt;
      unknown = projectId;
    }
    if (unknown === undefined) {
      throw new CallbackRejection('project_missing', 'the token names no project (application_id, api_key)');
    }
    const similar = projectsOf(claims).flatMap((projectId) => this.source.projectLike?.(projectId) ?? []);
    const hints = similar.map((name) => `; ${projectPath(name)} differs in white space, quotes or case only`);
    const explanation = `no secret is configured for the project of the token${hints.join('')}`;
    throw new CallbackRejection('project_unknown', explanation, { projectId: unknown });
  }
}

/** The rejection of a token that no secret of these kinds has signed. */
export function signatureMismatch(kinds: readonly VideoCallbackKind[], projectId: string): CallbackRejection {
  const explanation = `no ${kinds.join(' or ')} secret of the project made this signature`;
  return new CallbackRejection('signature_mismatch', explanation, { projectId });
}

/** The projects that a token names, in the order in which to try them. */
function projectsOf(claims: UnverifiedToken['claims']): readonly string[] {
  return [claims['application_id'], claims['api_key']].map(projectText).filter((text) => text !== undefined);
}

function projectText(claim: unknown): string | undefined {
  const text = typeof claim === 'number' ? String(claim) : claim;
  return typeof text === 'string' && text !== '' && text.length <= MAX_PROJECT_LENGTH ? text : undefined;
}
