import { OwnFault } from '../verification/own-fault.js';

/** A guard, interceptor or parameter decorator of this module is used on a method without `@VideoCallback`. */
export class UnsecuredRouteError extends OwnFault {
  override readonly name = 'UnsecuredRouteError';
  /** `ERR_CALLBACKS_UNSECURED_ROUTE` */
  override readonly code = 'ERR_CALLBACKS_UNSECURED_ROUTE';
}
