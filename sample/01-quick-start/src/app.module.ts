import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { VideoCallbacksModule } from 'nestjs-vonage-video-callbacks';
import { CallLog } from './call-log.js';
import { VideoController } from './video.controller.js';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true }),
    VideoCallbacksModule.forRootAsync({
      inject: [ConfigService],
      useFactory: (config: ConfigService) => ({
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
      }),
    }),
  ],
  controllers: [VideoController],
  providers: [CallLog],
})
export class AppModule {}
