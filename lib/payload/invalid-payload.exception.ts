import { BadRequestException } from '@nestjs/common';
import { type Violation } from '../callbacks/catalogue.js';

/**
 * A genuine and intact callback that cannot be used: its body is not a JSON object, or lacks what a handler cannot do
 * without. HTTP 400, without detail for the sender.
 */
export class InvalidPayloadException extends BadRequestException {
  override readonly name = 'InvalidPayloadException';

  constructor(
    /** What is wrong, by field; without values. */
    readonly violations: readonly Violation[],
  ) {
    super();
  }
}
