import { Controller, HttpCode, Module, Post } from '@nestjs/common';
import { type Server } from 'node:http';
import { startNest } from '../../harness/start-nest.js';
import { type Platform } from '../../harness/target.js';
import { countHandled } from './handled-calls.js';

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
export async function startBare(platform: Platform): Promise<Server> {
  return (await startNest(platform, ApplicationModule)).server;
}
