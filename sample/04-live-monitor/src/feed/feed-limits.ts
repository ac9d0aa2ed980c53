import { Injectable } from '@nestjs/common';

/** How much is sent, how often and to how many. */
@Injectable()
export class FeedLimits {
  /** How many pages may watch at once. */
  readonly viewers: number = 50;
  /** Changes are gathered for so many ms: a page has better things to do than to draw each of a thousand callbacks. */
  readonly gatherFor: number = 200;
  /** A page that hears nothing for longer than two beats (ms) takes the connection for dead. */
  readonly beatEvery: number = 10_000;
}
