import { type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { type GivenArguments } from '../given-arguments.js';
import { kindNamed } from '../kind-option.js';
import { type Output } from '../output.js';
import { type SignatureSecrets } from '../signature-secrets.js';
import { type Surroundings } from '../surroundings.js';
import { UsageError } from '../usage-error.js';
import { type Endpoint } from './endpoint.js';
import { type ProjectIdentity } from './project-identity.js';

/** Everything that the ways of sending have in common. */
export interface Sending {
  readonly given: GivenArguments;
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
export function onlyKind(given: GivenArguments): VideoCallbackKind {
  const [name, ...others] = given.texts('kind');
  if (name === undefined) throw new UsageError('--kind is missing');
  if (others.length > 0) throw new UsageError('--kind is given more than once');
  return kindNamed(name);
}
