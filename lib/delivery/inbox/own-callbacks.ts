import { kindsSigning } from '../../callbacks/catalogue.js';
import { type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { SecuredPaths } from '../../payload/secured-paths.js';
import { quoted } from '../../verification/quoted-text.js';
import { DeliveryFailedError } from './stored-callback.js';
import { type StoredCallback } from './stored-callback.js';

/** A method of this application that takes callbacks. */
interface OwnRoute {
  readonly kinds: readonly VideoCallbackKind[];
  /** How the paths of its URLs end, as `video/archives`. */
  readonly ends: readonly string[];
}

/** Decides which stored callbacks belong to this application, if others share its inbox. */
export class OwnCallbacks {
  private pathsByKind: ReadonlyMap<VideoCallbackKind, SecuredPaths> | undefined;

  /**
   * @param routes the methods of this application; called once it has started
   * @param knowsProject whether a project belongs to this application; rejects if that cannot be found out now
   */
  constructor(
    private readonly routes: () => readonly OwnRoute[],
    private readonly knowsProject: (projectId: string, kind: VideoCallbackKind) => Promise<boolean>,
  ) {}

  /** Whether this application has no method that takes callbacks. */
  get areNone(): boolean {
    return this.paths().size === 0;
  }

  /** @throws {DeliveryFailedError} `leave`, if this application does not handle the callback */
  async check({ token, request, route }: StoredCallback): Promise<void> {
    const { kind, projectId } = token;
    const paths = this.paths().get(kind);
    if (paths === undefined) throw left(`no method of this application takes ${kind} callbacks`);
    if (!paths.mayInclude(request.url)) {
      throw left(`no method of this application takes ${kind} callbacks at the URL of ${quoted(route)}`);
    }
    if (!(await this.knows(projectId, kind)))
      throw left(`this application does not know its project ${quoted(projectId)}`);
  }

  /** A provider may know the project only for another kind, whose secret signed the callback. */
  private async knows(projectId: string, kind: VideoCallbackKind): Promise<boolean> {
    let fault: DeliveryFailedError | undefined;
    for (const signing of kindsSigning(kind)) {
      try {
        if (await this.knowsProject(projectId, signing)) return true;
      } catch (error) {
        fault ??= left(`its project ${quoted(projectId)} cannot be looked up`, { cause: error });
      }
    }
    if (fault !== undefined) throw fault;
    return false;
  }

  private paths(): ReadonlyMap<VideoCallbackKind, SecuredPaths> {
    this.pathsByKind ??= pathsByKind(this.routes());
    return this.pathsByKind;
  }
}

function pathsByKind(routes: readonly OwnRoute[]): ReadonlyMap<VideoCallbackKind, SecuredPaths> {
  const kinds = new Set(routes.flatMap(({ kinds }) => kinds));
  const endsOf = (kind: VideoCallbackKind) =>
    routes.filter(({ kinds }) => kinds.includes(kind)).flatMap(({ ends }) => ends);
  return new Map([...kinds].map((kind) => [kind, new SecuredPaths(endsOf(kind))]));
}

function left(message: string, options?: ErrorOptions): DeliveryFailedError {
  return new DeliveryFailedError(message, 'leave', options);
}
