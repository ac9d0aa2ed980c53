import { type ExecutionContext } from '@nestjs/common';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { addressIn } from '../verification/source-addresses.js';

/** What Express' and Fastify's requests have in common, as far as this module needs it. */
export interface PlatformRequest {
  /** The client's address as the platform reports it through `trust proxy`: behind a trusted proxy any text. */
  readonly ip?: string;
  /** Node's request, where the platform wraps it (Fastify). */
  readonly raw?: IncomingMessage;
  /** What the platform's own body parser made of the body. */
  readonly body?: unknown;
  /** The exact bytes, where something else kept them: Nest's `rawBody: true`, some serverless platforms. */
  readonly rawBody?: unknown;
}

/** The platform's request. */
export function platformRequest(context: ExecutionContext): PlatformRequest {
  return context.switchToHttp().getRequest<PlatformRequest>();
}

/** Node's request behind the platform's. */
export function nodeRequest(context: ExecutionContext): IncomingMessage {
  const request = context.switchToHttp().getRequest<IncomingMessage & PlatformRequest>();
  return request.raw ?? request;
}

/** Node's response behind the platform's. */
export function nodeResponse(context: ExecutionContext): ServerResponse {
  const response = context.switchToHttp().getResponse<ServerResponse & { readonly raw?: ServerResponse }>();
  return response.raw ?? response;
}

/** The client's address as the platform reports it through `trust proxy`, if it is one. */
export function clientAddress(context: ExecutionContext): string | undefined {
  return addressIn(platformRequest(context).ip);
}
