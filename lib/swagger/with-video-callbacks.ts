import { HttpCode, HttpStatus, type INestApplicationContext } from '@nestjs/common';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { ApiExtension, type OpenAPIObject } from '@nestjs/swagger';
import { callbackKindsOf } from '../request/callback-kind.metadata.js';
import { isClass, methodsOf } from '../startup/route-places.js';
import { addComponents, type DescribedMethod, describeOperation, type Operation } from './callback-operation.js';

/** Marks the operations of secured methods while a document is made. Swagger demands the `x-`. */
const MARK = 'x-video-callback';

interface SecuredMethod extends DescribedMethod {
  readonly handler: object;
}

/**
 * Describes the methods that `@VideoCallback` secures in an OpenAPI document: the request body with the schemas of its
 * kind, the token, and the answers. Swagger decides on paths, prefixes, versions and hidden routes. What the
 * application's own decorators say about a body, a response or the security of a method stays.
 *
 * @param createDocument creates the document; called once, synchronously
 * @returns the document that was made
 *
 * @example
 * const document = withVideoCallbacks(app, () => SwaggerModule.createDocument(app, config));
 * SwaggerModule.setup('api', app, document);
 */
export function withVideoCallbacks(app: INestApplicationContext, createDocument: () => OpenAPIObject): OpenAPIObject {
  const methods = securedMethodsOf(app);
  const unmark = methods.map(({ handler }, index) => mark(handler, index));
  try {
    return describeMethods(createDocument(), methods);
  } finally {
    for (const remove of unmark) remove();
  }
}

function securedMethodsOf(app: INestApplicationContext): readonly SecuredMethod[] {
  const scanner = new MetadataScanner();
  const httpCode = keyOf(HttpCode(HttpStatus.NO_CONTENT));
  const controllers = [...app.get(ModulesContainer).values()].flatMap((module) => [...module.controllers.values()]);
  const classes = controllers.map(({ metatype }) => metatype).filter(isClass);
  const handlers = classes.flatMap((metatype) => methodsOf(metatype, scanner).map(({ handler }) => handler));
  // A method can belong to several controllers, by inheritance, and a controller to several modules.
  return [...new Set(handlers)].flatMap((handler) => {
    const kinds = callbackKindsOf(handler);
    return kinds === undefined ? [] : [{ handler, kinds, status: Number(Reflect.getMetadata(httpCode, handler)) }];
  });
}

/** Returns a function that removes the mark, so that other documents of the application do not have it. */
function mark(handler: object, index: number): () => void {
  const key = keyOf(ApiExtension(MARK, index));
  const before: unknown = Reflect.getMetadata(key, handler);
  ApiExtension(MARK, index)({}, '', { value: handler });
  return () => {
    if (before === undefined) Reflect.deleteMetadata(key, handler);
    else Reflect.defineMetadata(key, before, handler);
  };
}

/** The key under which a decorator stores its metadata. Neither Nest nor Swagger 11 exports it. */
function keyOf(decorate: MethodDecorator): string {
  const probe = () => undefined;
  decorate({}, '', { value: probe });
  return String(Reflect.getMetadataKeys(probe)[0]);
}

function describeMethods(document: OpenAPIObject, methods: readonly SecuredMethod[]): OpenAPIObject {
  for (const item of [document.paths, document.webhooks ?? {}].flatMap((items) => Object.values(items))) {
    const operations: [string, unknown][] = Object.entries(item);
    for (const [verb, operation] of operations) {
      if (!isMarked(operation)) continue;
      const method = methods[Number(operation[MARK])];
      Reflect.deleteProperty(operation, MARK);
      // The other verbs of `@All()` receive no callbacks.
      if (verb !== 'post' || method === undefined) continue;
      describeOperation(operation, method);
      addComponents((document.components ??= {}), method.kinds, document.openapi);
    }
  }
  return document;
}

function isMarked(operation: unknown): operation is Operation & { [MARK]: unknown } {
  return typeof operation === 'object' && operation !== null && MARK in operation;
}
