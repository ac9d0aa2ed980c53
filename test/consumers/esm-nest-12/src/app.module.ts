import { Module } from '@nestjs/common';
import { VideoCallbacksModule } from 'nestjs-vonage-video-callbacks';
import { VideoController } from './video.controller.js';

@Module({
  imports: [VideoCallbacksModule.forRoot({ projects: { '12345678': process.env['SIGNATURE_SECRET'] ?? '' } })],
  controllers: [VideoController],
})
export class AppModule {}
