import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { type ExecutionContext } from '@nestjs/common';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';

/** What a platform adds to Node's request. */
interface PlatformMembers {
  readonly ip?: string;
  readonly originalUrl?: string;
}

/** A request that has arrived, as a platform has it. */
export function arrivingRequest(
  url: string | undefined,
  headers: IncomingMessage['headers'],
  platform: PlatformMembers = {},
): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  Object.assign(request, { url, headers }, platform);
  return request;
}

class VideoController {
  onArchive(): void {
    // The context of a request names it; nobody calls it.
  }
}

/** The context in which Nest handles a request. */
export function contextOf(request: IncomingMessage): ExecutionContext {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- as Nest has it, without its class
  return new ExecutionContextHost([request], VideoController, VideoController.prototype.onArchive);
}
