import { Controller, type MessageEvent, Sse } from '@nestjs/common';
import { type Observable } from 'rxjs';
import { MonitorFeed } from './feed/monitor.feed.js';

/**
 * What the page listens to. It shows what participants are called and who sends forgeries: in an application of your
 * own, put the guard of your operators here and on {@link PageController}.
 */
@Controller()
export class MonitorController {
  constructor(private readonly feed: MonitorFeed) {}

  @Sse('events')
  events(): Observable<MessageEvent> {
    return this.feed.watch();
  }
}
