import { Controller, HttpCode, Module, Post } from '@nestjs/common';
import { type Server } from 'node:http';
import { countHandled } from './handled-calls.js';
import { startNest } from './nest-application.js';
import { type Platform } from './setup.js';

@Controller('video')
class VideoController {
  @Post('archives')
  @HttpCode(204)
  onArchive(): void {
    countHandled();
  }
}

@Module({ controllers: [VideoController] })
class ApplicationModule {}

/** An endpoint that looks at nothing: what Nest and the platform take for themselves. */
export function startBare(platform: Platform): Promise<Server> {
  return startNest(platform, ApplicationModule);
}
