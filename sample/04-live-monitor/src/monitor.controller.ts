import { Controller, type MessageEvent, Sse } from '@nestjs/common';
import { type Observable } from 'rxjs';
import { MonitorFeed } from './feed/monitor.feed.js';

/**
 * The events for the page. They contain the names of participants and the senders of forgeries: in your own
 * application, put your operators' guard here and on {@link PageController}.
 */
@Controller()
export class MonitorController {
  constructor(private readonly feed: MonitorFeed) {}

  @Sse('events')
  events(): Observable<MessageEvent> {
    return this.feed.watch();
  }
}
