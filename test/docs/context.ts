// What the code blocks of pages use of the application that they are a part of. Nothing here is run.
import { Controller, type ExecutionContext, Module } from '@nestjs/common';
import type { ConfigService } from '@nestjs/config';
import type { Reflector } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { HealthCheckService } from '@nestjs/terminus';
import type { drizzle } from 'drizzle-orm/node-postgres';
import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import type { Redis } from 'ioredis';
import type { Knex } from 'knex';
import type { Pool, PoolClient } from 'pg';
import type { Sql } from 'postgres';
import type { DataSource } from 'typeorm';
import type { ArchiveCallback, BroadcastCallback, CallbackHeaders } from '../../lib/index.js';
import type { PostgresCallbackLedger } from '../../lib/postgres/index.js';
import type { VideoCallbacksHealthIndicator } from '../../lib/terminus/index.js';

// What every reader knows where to import from.
export { expect, it } from '@jest/globals';
export { type ArgumentMetadata, Controller, Injectable, Module, Post } from '@nestjs/common';
export { ConfigService } from '@nestjs/config';
export { FastifyAdapter } from '@nestjs/platform-fastify';
export { TerminusModule } from '@nestjs/terminus';
export { sql } from 'drizzle-orm';
export { Pool } from 'pg';
export { CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** What a class of the application has been injected with. */
export interface Application {
  readonly streams: { add(id: string): void };
  readonly calls: { end(id: string): void };
  readonly archives: { update(id: string, status: string): void };
  readonly broadcasts: { update(id: string, status: string): void };
  fetch(url: string): void;

  readonly reflector: Reflector;
  readonly health: HealthCheckService;
  readonly videoCallbacks: VideoCallbacksHealthIndicator;

  readonly ledger: PostgresCallbackLedger;
  readonly pool: Pool;
  readonly dataSource: DataSource;
  readonly db: ReturnType<typeof drizzle>;
  readonly knex: Knex;
  readonly sql: Sql;
  readonly prisma: { $transaction(run: (tx: PrismaTransaction) => Promise<void>): Promise<void> };
}

/** What Prisma generates for the tables of the pages. */
interface PrismaTransaction {
  readonly booking: { create(args: { data: { archive: string; size: number | undefined } }): Promise<object> };
  readonly handledCallback: {
    createMany(args: { data: { id: string }[]; skipDuplicates: boolean }): Promise<{ count: number }>;
  };
  readonly lesson: {
    update(args: { where: { archiveId: string }; data: { recording: string } }): Promise<object>;
  };
  $queryRawUnsafe(query: string, ...values: unknown[]): Promise<unknown[]>;
}

@Module({})
export class AppModule {}
@Controller()
export class HealthController {}
export declare class VideoController {
  onArchive(archive: ArchiveCallback): Promise<void>;
}
export declare class Vault {
  read(path: string, options: { signal: AbortSignal }): Promise<string | undefined>;
}
export declare class Booking {
  archive: string;
  size: number | undefined;
}
export declare class Lesson {
  archiveId: string;
  recording: string;
}
export const booking = pgTable('booking', { archive: text(), size: integer() });

// What a method has as parameters, or made before.
export declare const archive: ArchiveCallback;
export declare const broadcast: BroadcastCallback;
export declare const id: string;
export declare const owner: string;
export declare const everything: Record<string, unknown>;
export declare const myRecordedCallback: object;
export declare const headers: CallbackHeaders;
export declare const rawBody: Buffer;
export declare const context: ExecutionContext;
export declare const controller: VideoController;
export declare const app: NestExpressApplication;
export declare const config: ConfigService;
export declare const pool: Pool;
export declare const client: PoolClient;
export declare const redis: Redis;
export declare const knex: Knex;
export declare const sdk: { start(): void };

export declare const apiKey: string;
export declare const applicationId: string;
export declare const secret: string;
export declare const archiveSecret: string;
export declare const streamCreatedSecret: string;
export declare const streamDestroyedSecret: string;
export declare const newSecret: string;
export declare const oldSecret: string;

/** The decorator of a global guard that leaves routes alone. */
export declare function Public(): ClassDecorator & MethodDecorator;
/** That of @nestjs/throttler. */
export declare function SkipThrottle(): ClassDecorator & MethodDecorator;
export declare function requireAdministrator(request: object, response: object, next: () => void): void;

/** That of supertest. */
export declare function request(server: object): { post(path: string): SuperTest };
interface SuperTest extends Promise<object> {
  set(headers: Record<string, string>): SuperTest;
  send(body: string): SuperTest;
  expect(status: number): SuperTest;
}

// What is used of Bull Board.
export declare class BullMQAdapter {
  constructor(queue: object, options: { readOnlyMode: boolean });
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as Bull Board declares it
  setFormatter(field: 'data', format: (data: any) => object): void;
}
export declare class ExpressAdapter {
  setBasePath(path: string): void;
  getRouter(): () => void;
}
export declare function createBullBoard(options: {
  queues: readonly BullMQAdapter[];
  serverAdapter: ExpressAdapter;
}): void;
