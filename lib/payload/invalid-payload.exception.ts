import { BadRequestException } from '@nestjs/common';
import { type Violation } from '../callbacks/catalogue.js';

/**
 * A genuine and intact callback that cannot be used: its body is not a JSON object, or a required field is missing.
 * Answered with HTTP 400, without details for the sender.
 */
export class InvalidPayloadException extends BadRequestException {
  override readonly name = 'InvalidPayloadException';

  constructor(
    /** What is wrong, by field, without values. */
    readonly violations: readonly Violation[],
  ) {
    super();
  }
}
