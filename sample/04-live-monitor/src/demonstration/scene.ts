import { callbackFixture } from 'nestjs-vonage-video-callbacks/testing';

/** One session: what happens in it shares its id and its clock. */
export class Scene {
  readonly sessionId = callbackFixture('session', 'sessionCreated').sessionId;

  /** @param begin when it begins, in ms since the epoch */
  constructor(private readonly begin: number) {}

  /** The moment, in ms since the epoch, so many seconds after the beginning. */
  moment(seconds: number): number {
    return this.begin + seconds * 1000;
  }
}
