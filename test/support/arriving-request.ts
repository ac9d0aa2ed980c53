import { type ArgumentsHost, type ExecutionContext, type Type } from '@nestjs/common';
import { IncomingMessage, ServerResponse } from 'node:http';
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
  // The context of a request names it; nobody calls it.
  readonly onArchive = (): void => undefined;
}

type HttpHost = ReturnType<ArgumentsHost['switchToHttp']>;

/** The context in which Nest handles a request, as far as it is looked at where there is no application. */
class ArrivalContext implements ExecutionContext, HttpHost {
  readonly getArgByIndex = notLookedAt;
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- Nest's signature
  getType<Type extends string>(): Type;
  getType(): string {
    return this.type;
  }
  readonly getRequest = notLookedAt;
  readonly switchToRpc = notLookedAt;
  readonly switchToWs = notLookedAt;
  readonly getResponse = notLookedAt;
  readonly getNext = notLookedAt;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly type: string,
  ) {}

  // Nest lets its callers name the types, and whoever implements it cannot but believe them.
  getClass<Class>(): Type<Class>;
  getClass(): Type<unknown> {
    return VideoController;
  }

  getHandler() {
    return new VideoController().onArchive;
  }

  switchToHttp(): HttpHost {
    return this;
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- Nest's signature
  getArgs<Arguments extends unknown[]>(): Arguments;
  getArgs(): unknown[] {
    return [this.request, this.response];
  }
}

/** @param type how the request came, as Nest names it */
export function contextOf(
  request: IncomingMessage,
  response = new ServerResponse(request),
  type = 'http',
): ExecutionContext {
  return new ArrivalContext(request, response, type);
}

function notLookedAt(): never {
  throw new Error('There is no application to look into.');
}
