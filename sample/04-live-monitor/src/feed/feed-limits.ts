import { Injectable } from '@nestjs/common';

/** How much is sent, how often and to how many. */
@Injectable()
export class FeedLimits {
  /** How many pages may watch at once. */
  readonly viewers: number = 50;
  /** Changes are gathered for so many ms, so that a page does not draw each of a thousand callbacks. */
  readonly gatherFor: number = 200;
  /**
   * The time between beats, in ms. A page that receives nothing for more than two beats assumes that the connection is
   * broken.
   */
  readonly beatEvery: number = 10_000;
}
