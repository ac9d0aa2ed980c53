import { Body, Controller, HttpCode, Module, Post, UseGuards, ValidationPipe } from '@nestjs/common';
import { type Server } from 'node:http';
import { countHandled } from '../handled-calls.js';
import { startNest } from '../nest-application.js';
import { type Platform } from '../setup.js';
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
export function startHand(platform: Platform): Promise<Server> {
  return startNest(platform, ApplicationModule, { rawBody: true });
}
