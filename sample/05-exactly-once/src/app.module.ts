import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { VideoCallbacksModule } from 'nestjs-vonage-video-callbacks';
import { PostgresCallbackLedger } from 'nestjs-vonage-video-callbacks/postgres';
import { DatabaseModule } from './database.module.js';
import { VideoController } from './video.controller.js';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true }),
    DatabaseModule,
    VideoCallbacksModule.forRootAsync({
      imports: [DatabaseModule],
      inject: [ConfigService, PostgresCallbackLedger],
      useFactory: (config: ConfigService, ledger: PostgresCallbackLedger) => ({
        projects: {
          [config.getOrThrow<string>('VIDEO_API_KEY')]: {
            archive: config.getOrThrow<string>('ARCHIVE_SIGNATURE_SECRET'),
          },
        },
        ledger,
      }),
    }),
  ],
  controllers: [VideoController],
})
export class AppModule {}
