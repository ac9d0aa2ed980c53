import { type ExecutionContext } from '@nestjs/common';

/** The handler's name for logs, as `VideoController.onArchive`: unlike a URL it is not the sender's choice. */
export function routeOf(context: ExecutionContext): string {
  return `${context.getClass().name}.${context.getHandler().name}`;
}
