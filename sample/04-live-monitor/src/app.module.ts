import { Module } from '@nestjs/common';
import { projectsFromEnvironment, VideoCallbacksModule } from 'nestjs-vonage-video-callbacks';
import { MonitorModule } from './monitor.module.js';
import { OutcomeBoard } from './outcomes/outcome-board.js';
import { VideoController } from './video.controller.js';

@Module({
  imports: [
    MonitorModule,
    VideoCallbacksModule.forRootAsync({
      imports: [MonitorModule],
      inject: [OutcomeBoard],
      useFactory: (observer: OutcomeBoard) => ({ projects: projectsFromEnvironment(process.env), observer }),
    }),
  ],
  controllers: [VideoController],
})
export class AppModule {}
