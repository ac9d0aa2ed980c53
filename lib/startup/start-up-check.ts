import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Server as TlsServer } from 'node:tls';
import { type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { DELIVERY_WAY, type DeliveryWay, DirectDelivery } from '../delivery/delivery.js';
import { withinTime } from '../delivery/store/time-limit.js';
import { isJsonParserInFront } from '../payload/express-raw-body.js';
import { isSupportedPlatform } from '../payload/raw-body.installer.js';
import { shownDecorator } from '../request/callback-kind.metadata.js';
import { StaticKeys } from '../secrets/static-keys.js';
import { projectPath } from '../verification/signature-key.js';
import { CHECKED_OPTIONS, type CheckedOptions, InvalidOptionError } from './options-check.js';
import { takesPosts } from './route-places.js';
import { type SecuredRoute, SecuredRoutes } from './secured-routes.js';

/** How long a callback may wait for its answer, without the time of its method, in seconds. Vonage waits 10 s. */
const LONGEST_WAIT_SECONDS = 9;

/**
 * Finds at start-up what would otherwise fail at the first callback, and logs which routes are secured.
 *
 * @throws {InvalidOptionError} that names the route, the option and the way to fix it
 */
@Injectable()
export class StartUpCheck implements OnApplicationBootstrap {
  private readonly logger = new Logger('VideoCallbacks');

  constructor(
    @Inject(CHECKED_OPTIONS) private readonly options: CheckedOptions,
    /** The keys of `projects`; `undefined` with a secret provider. */
    @Inject(StaticKeys) private readonly projects: StaticKeys | undefined,
    private readonly routes: SecuredRoutes,
    @Inject(DELIVERY_WAY) private readonly way: DeliveryWay,
    private readonly host: HttpAdapterHost,
  ) {}

  /**
   * Call it before Nest registers the routes: Fastify refuses the second of two equal routes with an error that names
   * no method.
   */
  checkConflicts(): void {
    const conflict = this.routes.findConflict();
    if (conflict === undefined) return;
    throw new InvalidOptionError('route', `${conflict} Give each a path of its own.`);
  }

  onApplicationBootstrap(): void {
    const routes = this.routes.find();
    const [first] = routes;
    if (first === undefined) {
      this.logger.warn('VideoCallbacksModule is imported, but no method uses @VideoCallback.');
      return;
    }
    for (const route of routes) this.checkRoute(route);
    this.checkServer(first);
    for (const doubt of this.doubtfulOptions()) this.logger.warn(doubt);
    void this.warnOfStore();
    // An application context or a microservice serves no routes.
    if (this.adapter === undefined) return;
    for (const { name, kinds } of routes) {
      this.logger.log(`Secured ${name} for ${kinds.join(' and ')} callbacks; ${this.way.description}`);
    }
  }

  private get adapter(): HttpAdapterHost['httpAdapter'] | undefined {
    return (this.host.httpAdapter as HttpAdapterHost['httpAdapter'] | null) ?? undefined;
  }

  private checkRoute({ kinds, name, method, isGuarded, answersAlone }: SecuredRoute): void {
    if (!isGuarded) {
      throw new InvalidOptionError(
        'route',
        `${name} is not secured: a decorator above @VideoCallback replaced the method. Write ` +
          `${shownDecorator(kinds)} on the method, above that decorator.`,
      );
    }
    if (!takesPosts(method)) {
      throw new InvalidOptionError(
        'route',
        `${name} takes ${kinds.join(' and ')} callbacks, which are sent with POST: add @Post().`,
      );
    }
    if (answersAlone && !(this.way instanceof DirectDelivery)) {
      this.logger.warn(
        `${name} takes @Res(), so a callback for which it does not run, such as a duplicate or a stored one, is never answered: ` +
          'write @Res({ passthrough: true }).',
      );
    }
    for (const kind of kinds) this.checkSecrets(name, kind);
  }

  private checkSecrets(name: string, kind: VideoCallbackKind): void {
    if (this.projects === undefined) return;
    const without = this.projects.projectsWithout(kind).map(projectPath);
    if (!this.projects.covers(kind)) {
      throw new InvalidOptionError(
        'projects',
        `${name} takes ${kind} callbacks, but no project has a secret for them: add ${without[0] ?? 'projects[…]'}.${kind}.`,
      );
    }
    for (const project of without) {
      this.logger.warn(
        `${name}: ${project} has no secret for ${kind} callbacks, so they would be answered 503. Add one if it sends them.`,
      );
    }
  }

  private checkServer(first: SecuredRoute): void {
    const { adapter } = this;
    if (adapter === undefined) return;
    if (!isSupportedPlatform(adapter.getType())) {
      throw new InvalidOptionError(
        'platform',
        `the platform is "${adapter.getType()}": use @nestjs/platform-express or @nestjs/platform-fastify.`,
      );
    }
    const certificate = this.options.requireClientCertificate;
    const isOfConnection = certificate === true || (certificate !== false && certificate.proxy === undefined);
    if (isOfConnection && !(adapter.getHttpServer() instanceof TlsServer)) {
      throw new InvalidOptionError(
        'requireClientCertificate',
        '"requireClientCertificate" is set, but this is not an HTTPS server of Node: create the application with ' +
          'httpsOptions: { key, cert, ca, requestCert: true }, or name the proxy that terminates TLS ' +
          '(requireClientCertificate.proxy).',
      );
    }
    if (isJsonParserInFront(adapter)) {
      throw new InvalidOptionError(
        'route',
        `${first.name} cannot read the signed bytes: the Express instance that was passed to Nest already has a JSON ` +
          'body parser. Remove it (Nest has one), or add it to the Nest application with app.use().',
      );
    }
  }

  private *doubtfulOptions(): Iterable<string> {
    if (!this.options.verifyPayload) {
      yield (
        'verifyPayload is off: anybody who has one token can send any body with it until the token expires (maxAge). ' +
        'Turn it on in production.'
      );
    }
    yield* this.longWaits();
    yield* this.projects?.doubts ?? [];
  }

  private *longWaits(): Iterable<string> {
    const { bodyTimeout, secretTimeout, storageTimeout, duplicateTimeout, ledger, inbox } = this.options;
    const waits = {
      bodyTimeout,
      ...(this.projects === undefined ? { secretTimeout } : {}),
      ...(inbox === undefined && ledger === false ? {} : { storageTimeout }),
      ...(inbox === undefined && ledger !== false ? { duplicateTimeout } : {}),
    };
    const sum = Object.values(waits).reduce((total, seconds) => total + seconds, 0);
    if (sum <= LONGEST_WAIT_SECONDS) return;
    const named = Object.entries(waits).map(([name, seconds]) => `${name} ${seconds}`);
    yield (
      `A callback may wait ${sum} s for its answer (${named.join(', ')}), but Vonage may give up after 10 s: make them ` +
      `${LONGEST_WAIT_SECONDS} s together at most.`
    );
  }

  /** Runs in the background: an unavailable store neither fails nor delays the start. */
  private async warnOfStore(): Promise<void> {
    const { inbox, ledger, storageTimeout } = this.options;
    const store = inbox ?? (ledger === false ? undefined : ledger);
    try {
      const warnings = await withinTime(storageTimeout * 1000, () => store?.warnings?.() ?? []);
      for (const warning of warnings) this.logger.warn(warning);
    } catch {
      // The first callback reports a store that is unavailable.
    }
  }
}
