import { type OpenAPIObject } from '@nestjs/swagger';
import { VIDEO_CALLBACK_KINDS, type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { callbackFixtures } from '../testing/callback-fixture.js';
import { schemasOf } from './callback-schema.js';
import { KIND_TEXTS } from './descriptions.js';
import { toOpenApi30 } from './open-api-30.js';

// Swagger 11 exports no other type of a document.
type Components = NonNullable<OpenAPIObject['components']>;
type PathItem = OpenAPIObject['paths'][string];

/** An operation of a document. */
export type Operation = NonNullable<PathItem['post']>;

/** The name of the security scheme among the components of a document. */
const SCHEME = 'vonage-callback';

/** Put in front of schema names, so that they do not collide with those of the application. */
const PREFIX = 'Vonage';

const TOKEN: NonNullable<Components['securitySchemes']>[string] = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description:
    'A token that Vonage makes for each callback: HS256 with the signature secret of the project and the kind of ' +
    'callback. Its claim `payload_hash` is the SHA-256 of the body.',
};

const ERRORS: Readonly<Record<string, string>> = {
  400: 'Genuine, but not usable on this route: not JSON, of another kind, or without a required field.',
  401: 'Not genuine, not intact or not fresh. The answer gives no reason.',
  408: 'The body took too long.',
  413: 'The body is too large.',
  415: 'The body is compressed, or not declared as JSON.',
  503: 'The callback cannot be verified or handled at the moment.',
};

/** A method that takes callbacks, as a document describes it. */
export interface DescribedMethod {
  readonly kinds: readonly VideoCallbackKind[];
  /** The status of the answer when it completes, for example 204. */
  readonly status: number;
}

/** Adds to an operation what the module knows about it. What is already there stays. */
export function describeOperation(operation: Operation, { kinds, status }: DescribedMethod): Operation {
  operation.requestBody ??= requestBodyOf(kinds);
  operation.security ??= [{ [SCHEME]: [] }];
  const { responses } = operation;
  for (const [code, description] of Object.entries(ERRORS)) responses[code] ??= { description };
  const isSuccess = (code: string) => code.startsWith('2');
  if (!Object.keys(responses).some(isSuccess)) responses[status] = { description: '' };
  for (const code of Object.keys(responses).filter(isSuccess)) {
    const response = responses[code];
    // Swagger leaves the description empty if the application gives none.
    if (response === undefined || !('description' in response) || response.description !== '') continue;
    // A new object: that of a decorator of the controller is shared by all of its operations.
    responses[code] = { ...response, description: 'The callback was accepted.' };
  }
  return operation;
}

function requestBodyOf(kinds: readonly VideoCallbackKind[]): NonNullable<Operation['requestBody']> {
  const { references } = schemasOf(kinds, `#/components/schemas/${PREFIX}`);
  const [only, ...others] = references;
  // Not oneOf: some payloads fit several kinds, which only the signature tells apart.
  const schema = others.length === 0 ? { ...only } : { anyOf: references };
  // Always the same, so that documents can be compared.
  const examples = callbackFixtures({ seed: 0, now: Date.UTC(2026, 0) })
    .filter(({ kind, environment }) => kinds.includes(kind) && environment === 'openTok')
    .map(({ kind, event, payload }) => [`${kind}-${event}`, { value: payload }] as const);
  return {
    description: kinds.map((kind) => KIND_TEXTS[kind]).join(' '),
    required: true,
    content: { 'application/json': { schema, examples: Object.fromEntries(examples) } },
  };
}

/**
 * Adds what the operations of these kinds refer to. What is already there stays.
 *
 * @param openApi the version of the document, for example `3.1.0`
 */
export function addComponents(components: Components, kinds: readonly VideoCallbackKind[], openApi: string): void {
  const { schemas } = schemasOf(kinds, `#/components/schemas/${PREFIX}`);
  const all = (components.schemas ??= {});
  for (const [name, schema] of Object.entries(schemas)) {
    all[PREFIX + name] ??= openApi.startsWith('3.0') ? toOpenApi30(schema) : schema;
  }
  (components.securitySchemes ??= {})[SCHEME] ??= { ...TOKEN };
}

/**
 * One webhook for each kind of callback, with the components that these refer to, for an OpenAPI 3.1 document of your
 * own, for example of a gateway or of a service that forwards callbacks.
 *
 * @param kinds Default: all of them.
 *
 * @example
 * const document = { openapi: '3.1.0', info, ...videoCallbackWebhooks(['archive']) };
 */
export function videoCallbackWebhooks(kinds: readonly VideoCallbackKind[] = VIDEO_CALLBACK_KINDS): {
  webhooks: Record<string, PathItem>;
  components: Components;
} {
  const components: Components = {};
  addComponents(components, kinds, '3.1.0');
  const post = (kind: VideoCallbackKind): Operation =>
    describeOperation({ summary: KIND_TEXTS[kind], responses: {} }, { kinds: [kind], status: 204 });
  return { webhooks: Object.fromEntries(kinds.map((kind) => [kind, { post: post(kind) }])), components };
}
