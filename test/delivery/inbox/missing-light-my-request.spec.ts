import { expect, it, jest } from '@jest/globals';
import { CallbackRedelivery } from '../../../lib/delivery/inbox/callback-redelivery.js';
import { Arrivals, OWN, storedCallback } from '../arrivals.js';
import { platformWith } from '../platform-under-delivery.js';

class MissingError extends Error {
  override readonly name = 'MissingError';
  readonly code = 'ERR_MODULE_NOT_FOUND';
}

jest.unstable_mockModule('light-my-request', () => {
  throw new MissingError('no such package');
});

it('reports once, and with its cause, that light-my-request cannot be loaded', async () => {
  const arrivals = new Arrivals();
  const host = platformWith('express', () => undefined);
  const redelivery = new CallbackRedelivery(host, OWN, arrivals.telemetry);
  const delivery = redelivery.deliver(storedCallback(), { attempt: 1, of: 40 });

  await expect(delivery).rejects.toMatchObject({ next: 'retry', cause: { code: 'ERR_MODULE_NOT_FOUND' } });
  expect(arrivals.ends).toEqual({ failed: 1 });
  expect(arrivals.logs.of('warn').join()).toContain(
    'failed and will be tried again (attempt 1 of 40): the request to this application failed: MissingError',
  );
});
