import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { VideoCallbacksModule } from 'nestjs-vonage-video-callbacks';
import { TenantSecretProvider } from './tenant-secret.provider.js';
import { TenantModule } from './tenant.module.js';
import { VideoController } from './video.controller.js';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true }),
    TenantModule,
    VideoCallbacksModule.forRootAsync({
      imports: [TenantModule],
      inject: [ConfigService, TenantSecretProvider],
      useFactory: (config: ConfigService, secretProvider: TenantSecretProvider) => ({
        secretProvider,
        secretTtl: Number(config.getOrThrow<string>('SECRET_TTL_SECONDS')),
      }),
    }),
  ],
  controllers: [VideoController],
})
export class AppModule {}
