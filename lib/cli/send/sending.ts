import { type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { UsageError } from '../exit-code.js';
import { type CommonOptions } from '../options.js';
import { type Output } from '../output.js';
import { type SignatureSecrets } from '../signature-secrets.js';
import { type Surroundings } from '../surroundings.js';
import { type Endpoint, type EndpointOptions } from './endpoint.js';
import { type ProjectIdentity, type ProjectOptions } from './project-identity.js';

/** The options of `send`. */
export interface SendOptions extends CommonOptions, EndpointOptions, ProjectOptions {
  readonly kind?: readonly VideoCallbackKind[];
  readonly event?: string;
  readonly set?: readonly string[];
  readonly file?: string;
  readonly count?: number;
  readonly scenario?: string;
  readonly speed?: number;
  readonly forge?: true;
  readonly strict?: true;
}

/** Everything that the ways of sending have in common. */
export interface Sending {
  readonly options: SendOptions;
  readonly surroundings: Surroundings;
  readonly endpoint: Endpoint;
  readonly project: ProjectIdentity;
  readonly secrets: SignatureSecrets;
  readonly output: Output;
}

/**
 * The one kind that was asked for.
 *
 * @throws {UsageError} if there is none, or more
 */
export function onlyKind({ kind: kinds = [] }: SendOptions): VideoCallbackKind {
  const [kind, ...others] = kinds;
  if (kind === undefined) throw new UsageError('--kind is missing');
  if (others.length > 0) throw new UsageError('--kind is given more than once');
  return kind;
}
