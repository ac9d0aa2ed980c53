// The application in a process of its own, which the demonstration may kill or pause at any moment.
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module.js';
import { DatabaseModule } from '../database.module.js';
import { WithoutController } from './without.controller.js';

@Module({ imports: [AppModule, DatabaseModule], controllers: [WithoutController] })
class DemonstrationModule {}

// What fails here is meant to fail.
const app = await NestFactory.create(DemonstrationModule, { logger: false });
await app.listen(0, '127.0.0.1');
process.send?.(await app.getUrl());
// Without its parent it has nothing to do.
process.once('disconnect', () => process.exit());
