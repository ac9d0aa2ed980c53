import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ExpressAdapter } from '@nestjs/platform-express';
import { HttpAdapterHost } from '@nestjs/core';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { keepRawBodiesOnFastify } from '../../lib/payload/fastify-raw-body.js';
import { readerOfAll } from '../payload/seen-request.js';
import { type Platform } from '../support/application.js';

/** Answers a request. */
type Answering = (request: IncomingMessage, response: ServerResponse) => void;

/** A platform as Nest has it, with one route instead of an application. */
export function platformWith(platform: Platform, answer: Answering): HttpAdapterHost {
  const host = new HttpAdapterHost();
  if (platform === 'express') {
    const adapter = new ExpressAdapter();
    adapter.initHttpServer({});
    adapter.use(answer);
    host.httpAdapter = adapter;
  } else {
    const adapter = new FastifyAdapter();
    adapter.initHttpServer({});
    keepRawBodiesOnFastify(adapter.getInstance(), readerOfAll());
    adapter.getInstance().post('/video/archives', (request, reply) => {
      reply.hijack();
      answer(request.raw, reply.raw);
    });
    host.httpAdapter = adapter;
  }
  return host;
}
