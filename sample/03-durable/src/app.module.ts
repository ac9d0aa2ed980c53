import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { VideoCallbacksModule } from 'nestjs-vonage-video-callbacks';
import { BullCallbackInbox } from 'nestjs-vonage-video-callbacks/bullmq';
import { ArchiveDatabase } from './archive.database.js';
import { VideoController } from './video.controller.js';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true }),
    VideoCallbacksModule.forRootAsync({
      inject: [ConfigService],
      useFactory: (config: ConfigService) => ({
        projects: {
          [config.getOrThrow<string>('VIDEO_API_KEY')]: {
            archive: config.getOrThrow<string>('ARCHIVE_SIGNATURE_SECRET'),
          },
        },
        inbox: new BullCallbackInbox({
          connection: { url: config.getOrThrow<string>('REDIS_URL') },
          queueName: config.getOrThrow<string>('QUEUE_NAME'),
          // Keeps the demonstration short. In production keep the defaults, which retry for about 8 hours.
          attempts: 30,
          backoff: { type: 'fixed', delay: 100, jitter: 0.5 },
        }),
      }),
    }),
  ],
  controllers: [VideoController],
  providers: [ArchiveDatabase],
})
export class AppModule {}
