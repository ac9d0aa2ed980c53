import { Logger, type OnApplicationBootstrap, RequestMethod } from '@nestjs/common';
import { type HttpAdapterHost } from '@nestjs/core';
import { Server as TlsServer } from 'node:tls';
import { type DeliveryWay } from '../delivery/arrival.js';
import { withinTime } from '../delivery/time-limit.js';
import { isJsonParserInFront } from '../payload/parser-in-front.js';
import { isSupportedPlatform } from '../payload/raw-body.installer.js';
import { type SignatureSecretProvider } from '../secrets/signature-secret.provider.js';
import { StaticSecretProvider } from '../secrets/static-secret.provider.js';
import { InvalidOptionError } from './invalid-option.error.js';
import { type CheckedOptions } from './options-check.js';
import { type SecuredRoute, type SecuredRoutes } from './secured-route.js';

/**
 * Finds at start-up what would otherwise fail at the first callback, and tells which routes are secured.
 *
 * @throws {InvalidOptionError} that names the route, the option and the way to mend it
 */
export class StartUpCheck implements OnApplicationBootstrap {
  private readonly logger = new Logger('VideoCallbacks');

  constructor(
    private readonly options: CheckedOptions,
    private readonly secrets: SignatureSecretProvider,
    private readonly routes: SecuredRoutes,
    private readonly way: DeliveryWay,
    private readonly host: HttpAdapterHost,
  ) {}

  onApplicationBootstrap(): void {
    const routes = this.routes.find();
    const [first] = routes;
    if (first === undefined) {
      this.logger.warn('VideoCallbacksModule is imported, but no method uses @VideoCallback.');
      return;
    }
    for (const route of routes) this.checkRoute(route);
    this.checkServer(first);
    this.warnOfDoubtfulOptions();
    void this.warnOfStore();
    for (const { name, kind } of routes)
      this.logger.log(`Secured ${name} for ${kind} callbacks; ${this.way.description}`);
  }

  private checkRoute(route: SecuredRoute): void {
    const { kind, name, method, isGuarded } = route;
    if (!isGuarded) {
      throw new InvalidOptionError(
        'route',
        `${name} is not secured: a decorator above @VideoCallback has put another method in its place. Write ` +
          `@VideoCallback('${kind}') on the method, above that decorator.`,
      );
    }
    if (method !== RequestMethod.POST && method !== RequestMethod.ALL) {
      throw new InvalidOptionError('route', `${name} takes ${kind} callbacks, which are sent with POST: add @Post().`);
    }
    this.checkSecrets(route);
  }

  private checkSecrets({ kind, name }: SecuredRoute): void {
    if (!(this.secrets instanceof StaticSecretProvider)) return;
    const without = this.secrets.projectsWithout(kind);
    if (!this.secrets.covers(kind)) {
      throw new InvalidOptionError(
        'projects',
        `${name} takes ${kind} callbacks, but no project has a secret for them: add projects['${without[0] ?? ''}'].${kind}.`,
      );
    }
    for (const projectId of without) {
      this.logger.warn(
        `${name}: projects['${projectId}'] has no secret for ${kind} callbacks; one of that project would be answered 503.`,
      );
    }
  }

  private checkServer(first: SecuredRoute): void {
    // Absent in an application context, which takes no requests.
    const adapter = this.host.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined | null;
    if (!adapter) return;
    if (!isSupportedPlatform(adapter.getType())) {
      throw new InvalidOptionError(
        'platform',
        `the platform is "${adapter.getType()}": use @nestjs/platform-express or @nestjs/platform-fastify.`,
      );
    }
    if (this.options.requireClientCertificate && !(adapter.getHttpServer() instanceof TlsServer)) {
      throw new InvalidOptionError(
        'requireClientCertificate',
        '"requireClientCertificate" is true, but this is no HTTPS server of Node: create the application with ' +
          'httpsOptions: { key, cert, ca, requestCert: true }, or leave certificates to the proxy that terminates TLS.',
      );
    }
    if (isJsonParserInFront(adapter)) {
      throw new InvalidOptionError(
        'route',
        `${first.name} cannot see the bytes that were signed: the Express instance that was handed to Nest has a JSON ` +
          'body parser already. Leave it out (Nest has one), or add it to the Nest application with app.use().',
      );
    }
  }

  private warnOfDoubtfulOptions(): void {
    if (!this.options.verifyPayload) {
      this.logger.warn(
        'verifyPayload is off: whoever has one token can send any body with it until the token is too old.',
      );
    }
    if (!(this.secrets instanceof StaticSecretProvider)) return;
    for (const doubt of this.secrets.doubtfulSecrets()) this.logger.warn(doubt);
  }

  /** In the background: a store that is unavailable neither fails nor delays the start. */
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
