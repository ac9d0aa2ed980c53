import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { VideoCallbacksModule } from 'nestjs-vonage-video-callbacks';
import { MonitorModule } from './monitor.module.js';
import { OutcomeBoard } from './outcomes/outcome-board.js';
import { VideoController } from './video.controller.js';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true }),
    MonitorModule,
    VideoCallbacksModule.forRootAsync({
      imports: [MonitorModule],
      inject: [ConfigService, OutcomeBoard],
      useFactory: (config: ConfigService, observer: OutcomeBoard) => ({
        projects: {
          [config.getOrThrow<string>('VIDEO_API_KEY')]: {
            session: config.getOrThrow<string>('SESSION_SIGNATURE_SECRET'),
            archive: config.getOrThrow<string>('ARCHIVE_SIGNATURE_SECRET'),
            sip: config.getOrThrow<string>('SIP_SIGNATURE_SECRET'),
            experienceComposer: config.getOrThrow<string>('EXPERIENCE_COMPOSER_SIGNATURE_SECRET'),
            broadcast: config.getOrThrow<string>('BROADCAST_SIGNATURE_SECRET'),
            captions: config.getOrThrow<string>('CAPTIONS_SIGNATURE_SECRET'),
          },
        },
        observer,
      }),
    }),
  ],
  controllers: [VideoController],
})
export class AppModule {}
