import { Module } from '@nestjs/common';
import { FeedLimits } from './feed/feed-limits.js';
import { MonitorFeed } from './feed/monitor.feed.js';
import { MonitorController } from './monitor.controller.js';
import { OutcomeBoard } from './outcomes/outcome-board.js';
import { PageController } from './page/page.controller.js';
import { PublicFiles } from './page/public-files.js';
import { LiveState } from './state/live-state.js';

@Module({
  controllers: [MonitorController, PageController],
  providers: [LiveState, OutcomeBoard, MonitorFeed, FeedLimits, PublicFiles],
  exports: [LiveState, OutcomeBoard],
})
export class MonitorModule {}
