import { type Type } from '@nestjs/common';
import { type CallbackInbox } from './delivery/inbox/callback-inbox.js';
import { type CallbackLedger } from './delivery/ledger/callback-ledger.js';
import { type ClientCertificateOptions } from './verification/client-certificate.options.js';
import { type UnsignedPolicy } from './verification/secure-callback.guard.js';
import { type ProjectSecrets, type SignatureSecretProvider } from './secrets/signature-secret.provider.js';
import { type CallbackObserver } from './telemetry/callback-outcome.js';

/** Options of `VideoCallbacksModule`. Exactly one of `projects` and `secretProvider` is needed. */
export interface VideoCallbacksOptions {
  /**
   * The signature secrets by project: the key is what tokens name in `application_id` (unified environment) or
   * `api_key` (OpenTok), as a string.
   *
   * @example
   * projects: { '12345678': { archive: [nextSecret, secret], session: [{ name: 'streamCreated', secret: another }] } }
   */
  readonly projects?: Readonly<Record<string, ProjectSecrets>> | undefined;
  /** Looks the secrets up instead of `projects`: an instance, or an injectable class. */
  readonly secretProvider?: SignatureSecretProvider | Type<SignatureSecretProvider> | undefined;
  /**
   * How long an answer of `secretProvider` is cached, in seconds, also if the project is unknown. `Infinity`: until the
   * process ends. Default 60.
   */
  readonly secretTtl?: number | undefined;
  /**
   * How long `secretProvider` may take, in seconds. After that an earlier answer is used (`staleIfError`), or the
   * request is answered `503`. Default 2.
   */
  readonly secretTimeout?: number | undefined;
  /**
   * How many answers of `secretProvider` are cached for projects that have sent a genuine callback, counted in projects
   * × kinds. The same number is cached for other projects. Default 10 000. Make it larger than the number of active
   * tenants times the kinds they use. Beyond it, the provider is asked again for projects that were dropped from the
   * cache.
   */
  readonly secretCacheSize?: number | undefined;
  /**
   * How long after `secretTtl` an answer is still used if `secretProvider` fails or does not answer, in seconds (like
   * `stale-if-error` in RFC 5861). Only for projects that have sent a genuine callback to this process; the log warns.
   * Default 300 (5 min): it is not certain that Vonage repeats a callback that was answered `503`, so a short outage of
   * the vault must not lose any. In exchange, while the provider fails, a revoked secret stays valid and a new one is
   * refused with `401`, both for at most `secretTtl` + `staleIfError` seconds. `0` answers `503` as soon as `secretTtl`
   * is over.
   */
  readonly staleIfError?: number | undefined;
  /**
   * Longest age of a token, in seconds since its `iat`. Default 90 000 (25 h): Vonage retries for 24 h, and a shorter
   * limit may refuse genuine retries. `Infinity`: no limit. Then only the ledger notices that a captured request is
   * sent again, and it needs the longest `retention`.
   */
  readonly maxAge?: number | undefined;
  /** How far the clocks of Vonage and of this machine may differ, in seconds. Default 60. */
  readonly clockTolerance?: number | undefined;
  /** The `User-Agent` that callbacks must have; `false` accepts any. Default `Vonage/Callback/v1.0`. */
  readonly userAgent?: string | RegExp | false | undefined;
  /**
   * Addresses and CIDR ranges, IPv4 and IPv6, from which callbacks may come; `false` accepts any. Default `false`.
   * Vonage's published range is `VONAGE_CALLBACK_ADDRESSES`. Behind a proxy the platform's `trust proxy` must be set.
   */
  readonly allowedAddresses?: readonly string[] | false | undefined;
  /**
   * Whether the client must present a certificate (mutual TLS), and which one. Default `false`. Without `proxy` it
   * needs an HTTPS server of Node that was created with `requestCert: true` and the certificate authority in `ca`.
   * `true` accepts every certificate of that authority. Anybody can buy a certificate of a public authority, so pin
   * `fingerprints` there.
   *
   * @example
   * requireClientCertificate: { fingerprints: [config.getOrThrow('VONAGE_CERTIFICATE_SHA256')] }
   */
  readonly requireClientCertificate?: boolean | ClientCertificateOptions | undefined;
  /**
   * Whether the body must have the hash that was signed. Default `true`. With `false`, a captured token authorises any
   * body. Use that to find out why hashes differ, never in production.
   */
  readonly verifyPayload?: boolean | undefined;
  /**
   * How to answer a request without an `Authorization` header that passed all earlier checks: `reject` with `401`, or
   * `retry` with `503`. Default `reject`. Vonage says that after an internal error of its own a callback may arrive
   * unsigned, and that it is sent again, signed, after a 5xx. Such a request never reaches a method. With `retry`,
   * anybody who knows the `User-Agent` can cause 5xx answers: do not count them in alarms and load balancers.
   */
  readonly unsigned?: UnsignedPolicy | undefined;
  /** Largest body in bytes, at most 536 870 888. A larger one is answered `413`. Default 1 048 576 (1 MiB). */
  readonly bodyLimit?: number | undefined;
  /** How long the body may take to arrive, in seconds. After that the request is answered `408`. Default 3. */
  readonly bodyTimeout?: number | undefined;
  /**
   * Remembers which callbacks were handled, so that duplicates and replays do not run a method twice. `false`: every
   * copy runs it. Default: a `MemoryCallbackLedger`, which covers this process only; several instances need a shared
   * one, such as `RedisCallbackLedger`.
   */
  readonly ledger?: CallbackLedger | false | undefined;
  /** Stores callbacks before they are answered and handles them later, instead of `ledger`. Default: none. */
  readonly inbox?: CallbackInbox | undefined;
  /**
   * What to do with a callback while the ledger or the inbox is unavailable: `handle` it at once, at the risk of
   * handling a copy of it again, or `reject` it with `503`. Default `handle`.
   */
  readonly unavailable?: 'handle' | 'reject' | undefined;
  /** How long the ledger or the inbox may take, in seconds. After that it counts as unavailable. Default 1. */
  readonly storageTimeout?: number | undefined;
  /**
   * How long a copy of a callback waits while another copy is being handled, in seconds. After that it is answered
   * `503`. Default 2.
   */
  readonly duplicateTimeout?: number | undefined;
  /** Is notified of the outcome of every callback. */
  readonly observer?: CallbackObserver | undefined;
}

/** Implemented by the class that you pass to `forRootAsync({ useClass })` or `useExisting`. */
export interface VideoCallbacksOptionsFactory {
  /** Called once, when the application starts. */
  createVideoCallbacksOptions(): VideoCallbacksOptions | Promise<VideoCallbacksOptions>;
}
