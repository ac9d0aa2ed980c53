import { type Arrival, type DeliveryWay } from './arrival.js';
import { handleArrival } from './handling.js';

/** `ledger: false`: every copy of a callback runs the method. */
export class DirectDelivery implements DeliveryWay {
  readonly description = 'duplicates are not noticed (ledger: false)';

  deliver(arrival: Arrival): Promise<unknown> {
    return handleArrival(arrival);
  }
}
