import { VIDEO_CALLBACK_KINDS, type VideoCallbackKind } from '../callbacks/callback-kind.js';
import {
  GENERAL_SECRET_VARIABLE,
  SECRET_VARIABLES,
  secretLines,
  secretsFromEnvironment,
  type VariableSecrets,
} from '../secrets/environment.js';
import { type NamedSecret } from '../verification/signature-key.js';
import { readText } from './input.js';
import { type CommonOptions } from './options.js';
import { type Surroundings, UsageError } from './surroundings.js';

const MAX_STDIN = 16 * 1024;

/** The signature secrets of each kind that the user named. */
export class SignatureSecrets {
  constructor(private readonly byKind: ReadonlyMap<VideoCallbackKind, VariableSecrets>) {}

  /** The kinds whose secrets are known. */
  get kinds(): readonly VideoCallbackKind[] {
    return VIDEO_CALLBACK_KINDS.filter((kind) => this.byKind.has(kind));
  }

  /** The secrets of kinds, each with the place it comes from. Never print the secrets. */
  of(...kinds: readonly VideoCallbackKind[]): readonly NamedSecret[] {
    return kinds.flatMap((kind) => {
      const { variable = '', secrets = [] } = this.byKind.get(kind) ?? {};
      return secrets.map((secret, index) => ({ secret, name: `secret ${index + 1} of ${variable}` }));
    });
  }

  /**
   * The secret to sign with: the first of the kind's.
   *
   * @throws {UsageError} as {@link noSecret}
   */
  signing(kind: VideoCallbackKind): string {
    const [first] = this.of(kind);
    if (first !== undefined) return first.secret;
    throw noSecret(kind);
  }
}

/** A secret is missing: the message names the variables that would hold it. */
export function noSecret(kind?: VideoCallbackKind): UsageError {
  const [what, own] =
    kind === undefined ? ['', 'ARCHIVE_SIGNATURE_SECRET and the like'] : [` for ${kind}`, SECRET_VARIABLES[kind]];
  return new UsageError(`no signature secret${what}: set ${own} or ${GENERAL_SECRET_VARIABLE}, or use --secret-stdin`);
}

/**
 * Reads the secrets from the environment or, with `--secret-stdin`, from standard input. Several secrets, as during a
 * rotation, are on one line each.
 *
 * @throws {InvalidSecretError} that says where an unusable secret is, without the secret
 */
export async function readSecrets(options: CommonOptions, surroundings: Surroundings): Promise<SignatureSecrets> {
  if (!options.secretStdin) return new SignatureSecrets(secretsFromEnvironment(surroundings.env));
  const text = await readText('-', MAX_STDIN, surroundings);
  const variable = 'standard input';
  const secrets = secretLines(text.replace(/(?:\r\n|\n|\r)$/, ''), variable);
  return new SignatureSecrets(new Map(VIDEO_CALLBACK_KINDS.map((kind) => [kind, { variable, secrets }])));
}
