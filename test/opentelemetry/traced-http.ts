import { type INestApplication } from '@nestjs/common';
import { context, SpanKind, trace, type TracerProvider } from '@opentelemetry/api';
import { type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** Makes a span of each request that a server gets, as the instrumentation of node:http does. */
export function traceHttp(app: INestApplication, provider: TracerProvider): void {
  const tracer = provider.getTracer('test');
  const server = app.getHttpServer() as Server;
  const emit = server.emit.bind(server) as (event: string, ...args: readonly unknown[]) => boolean;
  server.emit = (event: string, ...args: readonly unknown[]): boolean => {
    if (event !== 'request') return emit(event, ...args);
    const [request, response] = args as [IncomingMessage, ServerResponse];
    const span = tracer.startSpan('POST', { kind: SpanKind.SERVER });
    const current = trace.setSpan(context.active(), span);
    return context.with(current, () => {
      context.bind(current, request);
      context.bind(current, response);
      response.once('close', () => {
        span.end();
      });
      return emit(event, request, response);
    });
  };
}
