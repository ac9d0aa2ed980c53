// The application in a process of its own, which the demonstration may kill or pause at any moment.
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module.js';
import { DatabaseModule } from '../database.module.js';
import { WithoutController } from './without.controller.js';

@Module({ imports: [AppModule, DatabaseModule], controllers: [WithoutController] })
class DemonstrationModule {}

// Failures are intended here.
const app = await NestFactory.create(DemonstrationModule, { logger: false });
await app.listen(0, '127.0.0.1');
process.send?.(await app.getUrl());
// Ends with its parent.
process.once('disconnect', () => process.exit());
