import { Controller, Get, Post } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import terminus from '@nestjs/terminus/package.json' with { type: 'json' };
import { VideoCallback, VideoCallbacksModule, type VideoCallbacksOptions } from '../../lib/index.js';
import { VideoCallbacksHealthIndicator, type VideoCallbacksHealthOptions } from '../../lib/terminus/index.js';
import { type Platform, PROJECTS, startApplication } from '../support/application.js';
import { type SignedRequest } from '../support/signer.js';

/** How Terminus answers where something is amiss that does not stop the application: 11 knows no word for it. */
export const DEGRADED = terminus.version.startsWith('11.')
  ? { overall: 'ok', status: 'up' }
  : { overall: 'degraded', status: 'degraded' };

export interface Health {
  /** HTTP status. */
  readonly code: number;
  /** Status of the whole check. */
  readonly overall: string;
  /** What our indicator said. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export interface HealthApplication {
  /** Sends a callback to the method; the status of the answer. */
  readonly send: (request: SignedRequest) => Promise<number>;
  readonly health: () => Promise<Health>;
  readonly close: () => Promise<void>;
}

export interface HealthSetup {
  readonly platform?: Platform;
  readonly options?: VideoCallbacksOptions;
  readonly health?: VideoCallbacksHealthOptions;
  /** What the method does. */
  readonly behave?: () => Promise<void>;
}

/** An application with a method for archives and a health check as users write it. */
export async function startHealthApplication(setup: HealthSetup = {}): Promise<HealthApplication> {
  @Controller()
  class ApplicationController {
    constructor(
      private readonly checks: HealthCheckService,
      private readonly videoCallbacks: VideoCallbacksHealthIndicator,
    ) {}

    @Get('health')
    @HealthCheck()
    check(): Promise<HealthCheckResult> {
      return this.checks.check([() => this.videoCallbacks.isHealthy('video-callbacks', setup.health)]);
    }

    @Post('archives')
    @VideoCallback('archive')
    async onArchive(): Promise<void> {
      await setup.behave?.();
    }
  }

  const running = await startApplication({
    platform: setup.platform ?? 'express',
    imports: [
      VideoCallbacksModule.forRoot({ projects: PROJECTS, ...setup.options }),
      TerminusModule.forRoot({ logger: false }),
    ],
    controllers: [ApplicationController],
    providers: [VideoCallbacksHealthIndicator],
  });
  return {
    send: async (request) => (await running.post('/archives', request)).status,
    health: () => healthOf(running.url),
    close: () => running.close(),
  };
}

async function healthOf(url: string): Promise<Health> {
  const response = await fetch(`${url}/health`);
  const text = await response.text();
  const { status, details } = JSON.parse(text) as HealthCheckResult;
  return { code: response.status, overall: status, details: details['video-callbacks'] ?? {}, text };
}
