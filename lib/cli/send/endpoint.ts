import { type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { type CommandOptions } from '../command.js';
import { type GivenArguments } from '../given-arguments.js';
import { kindNamed } from '../kind-option.js';
import { UsageError } from '../usage-error.js';
import { assertOwnEndpoint } from './own-endpoint.js';

/** The options that say where callbacks go. */
export const ENDPOINT_OPTIONS = {
  path: { value: 'kind=path', repeatable: true, about: 'the path for one kind, instead of that of the URL' },
  timeout: { value: 'seconds', about: 'how long an answer may take; default 10' },
  'i-own-this-endpoint': { about: 'confirm that a public host is yours' },
} satisfies CommandOptions;

/** Where the callbacks of each kind go. */
export class Endpoint {
  private constructor(
    private readonly address: string,
    private readonly paths: ReadonlyMap<VideoCallbackKind, string>,
    private readonly isConfirmed: boolean,
    /** How long an answer may take, in ms. */
    readonly timeoutMs: number,
  ) {}

  /**
   * @throws {UsageError} if the address or an option cannot be used
   */
  static from(given: GivenArguments): Endpoint {
    const paths = new Map(given.texts('path').map(kindAndPath));
    const seconds = given.number('timeout', 10, { least: 1, most: 300 });
    return new Endpoint(given.onlyPositional('<url>'), paths, given.has('i-own-this-endpoint'), seconds * 1000);
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

function kindAndPath(text: string): [VideoCallbackKind, string] {
  const [, name, path] = /^([^=]*)=(\/(?!\/).*)$/.exec(text) ?? [];
  if (name === undefined || path === undefined) throw new UsageError('--path is written as archive=/video/archives');
  return [kindNamed(name), path];
}
