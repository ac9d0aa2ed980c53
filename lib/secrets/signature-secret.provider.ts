import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import {
  type Awaitable,
  type SignatureKey,
  type SignatureKeySource,
  type SignatureSecret,
} from '../verification/signature-key.js';

/**
 * One signature secret, or several that are all accepted: the new and the old one during a rotation, in this order; or
 * one per webhook of Vonage's unified environment, each with a name, `{ name, secret }`. A secret has 1 to 50 characters
 * (Vonage: "Secure callbacks"), counted as Unicode code points.
 *
 * While a plain secret that is not the first of its list is in use, the log says so once an hour, since it is there to be
 * removed after a rotation. It does not say so of secrets with a name.
 */
export type Secrets = SignatureSecret | readonly SignatureSecret[];

/**
 * The secrets of one project: the same for every kind of callback, or one entry per kind. An entry that is `undefined` is
 * refused at start-up, since it is most likely an environment variable that is not set.
 */
export type ProjectSecrets = Secrets | Readonly<Partial<Record<VideoCallbackKind, Secrets | undefined>>>;

/** Whose secrets are asked for. */
export interface SecretQuery {
  /** The `application_id` or `api_key` that a token names. **Unverified**: untrusted input, which may be any text. */
  readonly projectId: string;
  /** The kind of callback that the route takes. */
  readonly kind: VideoCallbackKind;
  /** Aborts when the answer comes too late (`secretTimeout`); pass it on to the vault's client. */
  readonly signal: AbortSignal;
}

/**
 * Looks signature secrets up where they are kept: a vault, a table of tenants. The abstract class is also the
 * injection token.
 *
 * The module remembers the answers for `secretTtl` seconds, "unknown" too, and asks once at a time per project and
 * kind, so that an implementation needs no cache of its own.
 */
export abstract class SignatureSecretProvider {
  /**
   * The secrets for callbacks of one kind of one project, or `undefined` if the project is not known: then a token that
   * names another project too is tried with that one, and refused with `401` if there is none. After an error, or
   * without an answer within `secretTimeout` seconds, an earlier answer is used (`staleIfError`), or the request is
   * answered `503`.
   */
  abstract secretsFor(query: SecretQuery): Awaitable<Secrets | undefined>;
}

/** Where the module finds keys: imported from the `projects` option, or from the answers of a secret provider. */
export abstract class ProjectKeys implements SignatureKeySource {
  /** @throws {SecretsUnavailableError} if there should be keys, but there are none now; the cause says why */
  abstract keysFor(
    projectId: string,
    kind: VideoCallbackKind,
    askedSince?: number,
  ): Awaitable<readonly SignatureKey[] | undefined>;

  /**
   * Whether a project is one of this application, whether or not it has keys for this kind.
   *
   * @throws {SecretsUnavailableError} if a provider fails or does not answer in time
   */
  abstract knowsProject(projectId: string, kind: VideoCallbackKind): Promise<boolean>;
}
