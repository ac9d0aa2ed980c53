import { Body, Controller, HttpCode, Module, Post, UseGuards, ValidationPipe } from '@nestjs/common';
import { type Server } from 'node:http';
import { countHandled } from '../handled-calls.js';
import { startNest } from '../../../harness/start-nest.js';
import { type Platform } from '../../../harness/target.js';
import { ArchiveCallbackDto } from './archive-callback.dto.js';
import { SignedCallbackGuard } from './signed-callback.guard.js';

@Controller('video')
class VideoController {
  @Post('archives')
  @HttpCode(204)
  @UseGuards(SignedCallbackGuard)
  // The library, too, hands over the declared fields and nothing else.
  onArchive(@Body(new ValidationPipe({ transform: true, whitelist: true })) archive: ArchiveCallbackDto): void {
    if (archive.id !== '') countHandled();
  }
}

@Module({ controllers: [VideoController] })
class ApplicationModule {}

/** The checks of the library written by hand: no de-duplication, one secret. */
export async function startHand(platform: Platform): Promise<Server> {
  return (await startNest(platform, ApplicationModule, { rawBody: true })).server;
}
