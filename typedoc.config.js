import { readFileSync } from 'node:fs';

const { exports } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

/** The source of each entry of the package: `./dist/testing/index.js` is built of `lib/testing/index.ts`. */
const entryPoints = Object.values(exports)
  .filter((target) => typeof target === 'object')
  .map(({ default: built }) => built.replace('./dist/', 'lib/').replace(/\.js$/, '.ts'));

/** Errors, whose `name` says nothing more. */
const errors = [
  'index.InvalidOptionError',
  'index.ReplacedParameterError',
  'index.UnsecuredRouteError',
  'index.CallbackRejection',
  'index.CallbackRejectedException',
  'index.ModuleNotImportedError',
  'index.MissingVariableError',
  'index.InvalidSecretError',
  'index.MissingSecretError',
  'index.SecretsUnavailableError',
  'index.RawBodyUnavailableError',
  'index.InvalidPayloadException',
  'index.DeliveryFailedError',
  'index.StillInProgressError',
  'index.StorageUnavailableError',
  'index.StorageTimeoutError',
  'bullmq.InboxNotReadyError',
  'postgres.CallbackAlreadyHandledError',
  'postgres.NotCommittedError',
  'postgres.TableMissingError',
  'opentelemetry.AlreadyInstrumentedError',
];

/** Keywords of JSON Schema, which that standard documents. */
const keywords = [
  '$schema',
  '$ref',
  '$defs',
  'description',
  'type',
  'const',
  'enum',
  'examples',
  'pattern',
  'minLength',
  'properties',
  'additionalProperties',
  'required',
  'items',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
];

/** Members of types that are derived from documented ones. */
const derived = [
  'index.StageDurations.payload',
  'index.StageDurations.verification',
  'index.StageDurations.storage',
  'index.StageDurations.handling',
  'testing.CallbackFixture.__type.event',
  'testing.CallbackFixture.__type.status',
  'testing.InboxUnderContract.counts.__type.waiting',
  'testing.InboxUnderContract.counts.__type.dead',
  'testing.MemoryCallbackInbox.counts.__type.waiting',
  'testing.MemoryCallbackInbox.counts.__type.dead',
  'postgres.PostgresResult.__type.rows',
  'swagger.videoCallbackWebhooks.__type.webhooks',
  'swagger.videoCallbackWebhooks.__type.components',
];

/** Parts of exported types, which nobody needs to name, and parameters of constructors that Nest calls. */
const internalTypes = [
  'lib/callbacks/common-fields.ts:Unrecognized',
  'lib/callbacks/common-fields.ts:Unrecognized.event',
  'lib/callbacks/dto.decorators.ts:UnionClass',
  'lib/decorators/video-callback.decorator.ts:AcceptsCallback',
  'lib/decorators/video-callback.decorator.ts:ParametersOf',
  'lib/delivery/delivery-health.ts:DeliveryHealth',
  'lib/delivery/delivery.ts:DeliveryWay',
  'lib/delivery/inbox/inbox-runner.ts:InboxRunner',
  'lib/delivery/store/store-availability.ts:StoreSettings',
  'lib/payload/payload-check.ts:PayloadCheck',
  'lib/payload/raw-body.reader.ts:RawBodyReader',
  'lib/request/redelivery.ts:DeliveryAttempt',
  'lib/secrets/environment.ts:Environment',
  'lib/startup/start-up-check.ts:StartUpCheck',
  'lib/swagger/callback-operation.ts:PathItem',
  'lib/telemetry/callback-telemetry.ts:CallbackTelemetry',
  'lib/testing/callback-fixture.ts:FIXTURES',
  'lib/testing/callback-fixture.ts:OfEvent',
  'lib/testing/callback-fixture.ts:SentFields',
  'lib/testing/callback-inbox-contract.ts:AttemptUnderContract',
  'lib/testing/callback-inbox-contract.ts:CallbackUnderContract',
  'lib/verification/callback-rejection.ts:RejectedToken',
  'lib/verification/client-certificate.options.ts:NAME_ATTRIBUTES',
  'lib/verification/client-certificate.options.ts:PROXY_FORMATS',
  'lib/verification/request-origin.ts:RequestOrigin',
  'lib/verification/token-claims.ts:TokenClaims',
];

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: 'nestjs-vonage-video-callbacks',
  entryPoints,
  tsconfig: 'tsconfig.build.json',
  skipErrorChecking: true, // tsc checks them
  out: 'reference',
  readme: 'none',
  disableSources: true,
  excludeInternal: true,
  excludeExternals: true,
  excludePrivate: true,
  validation: { notDocumented: true, invalidLink: true, notExported: true },
  treatValidationWarningsAsErrors: true,
  treatWarningsAsErrors: true,
  intentionallyNotDocumented: [
    ...errors.map((name) => `${name}.name`),
    ...keywords.map((name) => `swagger.CallbackSchema.${name}`),
    ...derived,
  ],
  intentionallyNotExported: internalTypes,
};
