export { VideoCallbacksModule } from './video-callbacks.module.js';
export { type VideoCallbacksModuleExtras } from './video-callbacks.module-definition.js';
export { type VideoCallbacksOptions, type VideoCallbacksOptionsFactory } from './video-callbacks.options.js';
export { InvalidOptionError } from './startup/options-check.js';
export {
  VideoCallback,
  type VideoCallbackDecorator,
  type VideoCallbackDecoratorOptions,
} from './decorators/video-callback.decorator.js';
export {
  CallbackClaims,
  CallbackId,
  CallbackKind,
  CallbackProject,
  DeliveryAttempt,
  RawCallback,
  ReplacedParameterError,
} from './decorators/callback-parameters.decorator.js';
export { CallbackAttempt, type TraceContext } from './request/redelivery.js';
export { isDelivery, UnsecuredRouteError } from './request/callback-request.js';
export { VIDEO_CALLBACK_KIND } from './request/callback-kind.metadata.js';

export * from './callbacks/index.js';

export {
  CallbackVerifier,
  type CallbackVerifierOptions,
  type MatchedSecret,
  type OneOrMoreKinds,
  type PayloadComparison,
  type VerifiedRequest,
  type VerifiedToken,
  VONAGE_CALLBACK_USER_AGENT,
} from './verification/callback-verifier.js';
export { CALLBACK_CHECKS, type CallbackCheck, type CallbackCheckName } from './verification/callback-check.js';
export { CallbackRejection, REJECTION_REASONS, type RejectionReason } from './verification/callback-rejection.js';
export { CallbackRejectedException } from './verification/callback-rejected.exception.js';
export {
  type CertificateName,
  type ClientCertificateOptions,
  type ClientCertificateProxy,
  type ClientCertificateProxyFormat,
} from './verification/client-certificate.options.js';
export { CallbackTokenClaims } from './verification/token-claims.js';
export { ModuleNotImportedError, OwnFault } from './verification/own-fault.js';
export { SecureCallbackGuard, type UnsignedPolicy } from './verification/secure-callback.guard.js';
export {
  type Awaitable,
  importSignatureKeys,
  type NamedSecret,
  type SignatureKey,
  type SignatureKeySource,
  type SignatureSecret,
} from './verification/signature-key.js';
export { VONAGE_CALLBACK_ADDRESSES } from './verification/source-addresses.js';
export { type CallbackHeaders } from './verification/unverified-token.js';

export { MissingVariableError, projectsFromEnvironment } from './secrets/environment.js';
export { InvalidSecretError, MissingSecretError, SecretsUnavailableError } from './secrets/secret-rules.js';
export {
  type ProjectSecrets,
  type SecretQuery,
  type Secrets,
  SignatureSecretProvider,
} from './secrets/signature-secret.provider.js';

export { RawBodyUnavailableError } from './payload/callback-body.js';
export { InvalidPayloadException } from './payload/invalid-payload.exception.js';
export { RawBodyInterceptor } from './payload/raw-body.interceptor.js';

export { DeliveryInterceptor } from './delivery/delivery.interceptor.js';
export {
  CallbackInbox,
  type DeliverStored,
  type InboxAttempt,
  type PutResult,
  type ReportDead,
} from './delivery/inbox/callback-inbox.js';
export { type AfterFailure, DeliveryFailedError } from './delivery/inbox/stored-callback.js';
export {
  CallbackLedger,
  type ClaimState,
  MemoryCallbackLedger,
  type MemoryCallbackLedgerOptions,
} from './delivery/ledger/callback-ledger.js';
export { StillInProgressError } from './delivery/ledger/ledger-delivery.js';
export { StorageUnavailableError } from './delivery/store/store-availability.js';
export { type StoredCallback, type StoredRequest } from './delivery/inbox/stored-callback.js';
export { StorageTimeoutError } from './delivery/store/time-limit.js';

export {
  type AcceptedOutcome,
  CALLBACK_OUTCOMES,
  type CallbackObserver,
  type CallbackOutcome,
  type CallbackOutcomeName,
  type CallbackOutcomes,
  type DeadOutcome,
  type DuplicateOutcome,
  type FailedOutcome,
  type GenuineCallback,
  type GenuineCallbackOutcome,
  type RecoveredOutcome,
  type RedeliveredOutcome,
  type RejectedOutcome,
  type ReportedOutcome,
  type StorageDependency,
  type StorageOutcome,
  type StoredOutcome,
  type UnavailableOutcome,
  type UnusableOutcome,
  type UnverifiedOutcome,
} from './telemetry/callback-outcome.js';
export { type CallbackHandling } from './telemetry/handling-channel.js';
export { type InboxCounts } from './telemetry/inbox-counts.js';
export { type CallbackStage, type StageDurations } from './request/stage-clock.js';
