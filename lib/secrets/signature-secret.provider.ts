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
 * While a plain secret that is not the first of its list is in use, the log says so once an hour, because you will
 * remove it after a rotation. There is no such line for secrets with a name.
 */
export type Secrets = SignatureSecret | readonly SignatureSecret[];

/**
 * The secrets of one project: the same for every kind of callback, or one entry per kind. An entry that is `undefined`
 * is refused at start-up, because it is most likely a missing environment variable.
 */
export type ProjectSecrets = Secrets | Readonly<Partial<Record<VideoCallbackKind, Secrets | undefined>>>;

/** The secrets to look up. */
export interface SecretQuery {
  /** The `application_id` or `api_key` that a token names. **Unverified**: untrusted input that may be any string. */
  readonly projectId: string;
  /** The kind of callback. */
  readonly kind: VideoCallbackKind;
  /** Aborts after `secretTimeout`. Pass it to your vault's client. */
  readonly signal: AbortSignal;
}

/**
 * Looks up signature secrets, for example in a vault or a table of tenants. The abstract class is also the injection
 * token.
 *
 * The module caches all answers for `secretTtl` seconds, also for unknown projects, and makes one call at a time per
 * project and kind. You need no cache of your own.
 */
export abstract class SignatureSecretProvider {
  /**
   * Returns the secrets for one kind of callback of one project, or `undefined` if the project is unknown. If the token
   * also names another project, that one is tried; otherwise the request is refused with `401`. After an error, or
   * without an answer within `secretTimeout` seconds, an earlier answer is used (`staleIfError`), or the request is
   * answered `503`.
   */
  abstract secretsFor(query: SecretQuery): Awaitable<Secrets | undefined>;
}

/** The module's source of keys: the `projects` option, or the answers of a secret provider. */
export abstract class ProjectKeys implements SignatureKeySource {
  /** @throws {SecretsUnavailableError} if the keys are currently unavailable; its `cause` says why */
  abstract keysFor(
    projectId: string,
    kind: VideoCallbackKind,
    askedSince?: number,
  ): Awaitable<readonly SignatureKey[] | undefined>;

  /**
   * Whether a project belongs to this application, even if it has no keys for this kind.
   *
   * @throws {SecretsUnavailableError} if a provider fails or does not answer in time
   */
  abstract knowsProject(projectId: string, kind: VideoCallbackKind): Promise<boolean>;
}
