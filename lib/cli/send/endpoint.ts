import { type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { kindNamed } from '../options.js';
import { UsageError } from '../exit-code.js';
import { assertOwnEndpoint } from './own-endpoint.js';

/** The options that say where callbacks go. */
export interface EndpointOptions {
  readonly path?: readonly (readonly [kind: VideoCallbackKind, path: string])[];
  /** In seconds. */
  readonly timeout?: number;
  readonly iOwnThisEndpoint?: true;
}

/** Where the callbacks of each kind go. */
export class Endpoint {
  /** How long an answer may take, in ms. */
  readonly timeoutMs: number;
  private readonly paths: ReadonlyMap<VideoCallbackKind, string>;
  private readonly isConfirmed: boolean;

  constructor(
    private readonly address: string,
    { path = [], timeout = 10, iOwnThisEndpoint }: EndpointOptions,
  ) {
    this.paths = new Map(path);
    this.timeoutMs = timeout * 1000;
    this.isConfirmed = iOwnThisEndpoint === true;
  }

  /**
   * The address for a kind: with the kind's path if one was given, else the URL itself, in which `{kind}` stands for
   * the kind's name.
   *
   * @throws {UsageError} if it is not an address that callbacks may be sent to
   */
  urlFor(kind: VideoCallbackKind): URL {
    const address = this.address.replaceAll('{kind}', kind);
    const path = this.paths.get(kind);
    if (!URL.canParse(address))
      throw new UsageError('<url> is not an address: write it as http://localhost:3000/video');
    const url = path === undefined ? new URL(address) : new URL(path, address);
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      throw new UsageError('<url> must begin with http:// or https://');
    // They would become an Authorization header, which is the token's place.
    if (url.username !== '' || url.password !== '') throw new UsageError('<url> must not hold a user name or password');
    assertOwnEndpoint(url, this.isConfirmed);
    return url;
  }
}

/**
 * A kind and its path, written as `archive=/video/archives`.
 *
 * @throws {UsageError} if it is written otherwise
 */
export function kindAndPath(text: string): readonly [kind: VideoCallbackKind, path: string] {
  const [, name, path] = /^([^=]*)=(\/(?!\/).*)$/.exec(text) ?? [];
  if (name === undefined || path === undefined) throw new UsageError('--path is written as archive=/video/archives');
  return [kindNamed(name), path];
}
