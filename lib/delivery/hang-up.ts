import { type ServerResponse } from 'node:http';

/** Aborts when the connection ends before the answer was sent. */
export function hangUpSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  if (response.closed) controller.abort();
  else {
    response.once('close', () => {
      controller.abort();
    });
  }
  return controller.signal;
}
