import { VIDEO_CALLBACK_KINDS, type VideoCallbackKind } from '../callbacks/callback-kind.js';
import {
  GENERAL_SECRET_VARIABLE,
  SECRET_VARIABLES,
  secretLines,
  secretsFromEnvironment,
  type VariableSecrets,
} from '../secrets/environment.js';
import { InvalidSecretError } from '../secrets/secret-rules.js';
import { importSignatureKeys, type SignatureKey, type SignatureKeySource } from '../verification/signature-key.js';
import { UsageError } from './exit-code.js';
import { readStdinText } from './input.js';
import { type CommonOptions } from './options.js';
import { type Surroundings } from './surroundings.js';

const MAX_STDIN = 16 * 1024;

/** The signature secrets of each kind that the user named. */
export class SignatureSecrets {
  constructor(private readonly byKind: ReadonlyMap<VideoCallbackKind, VariableSecrets>) {}

  /** The kinds whose secrets are known. */
  get kinds(): readonly VideoCallbackKind[] {
    return VIDEO_CALLBACK_KINDS.filter((kind) => this.byKind.has(kind));
  }

  /** The secrets of a kind, never to be printed; none if none is known. */
  of(kind: VideoCallbackKind): readonly string[] {
    return this.byKind.get(kind)?.secrets ?? [];
  }

  /** What the secret at a position, from 0, is called. */
  nameOf(kind: VideoCallbackKind, position: number): string {
    return `secret ${position + 1} of ${this.byKind.get(kind)?.variable ?? SECRET_VARIABLES[kind]}`;
  }

  /**
   * The secret to sign with: the first of the kind's.
   *
   * @throws {UsageError} that names the variables which would hold it
   */
  signing(kind: VideoCallbackKind): string {
    const [secret] = this.of(kind);
    if (secret !== undefined) return secret;
    throw new UsageError(
      `no signature secret for ${kind}: set ${SECRET_VARIABLES[kind]} or ${GENERAL_SECRET_VARIABLE}, or use --secret-stdin`,
    );
  }

  /**
   * The keys of these secrets for a verifier.
   *
   * @param projects whose callbacks are expected; none: those of any project
   */
  async keySource(
    projects: readonly string[],
  ): Promise<SignatureKeySource & Required<Pick<SignatureKeySource, 'keysAtHand'>>> {
    const keys = new Map<VideoCallbackKind, readonly SignatureKey[]>();
    for (const kind of this.kinds) keys.set(kind, await importSignatureKeys(this.of(kind)));
    const keysOf = (kind: VideoCallbackKind): readonly SignatureKey[] => keys.get(kind) ?? [];
    return {
      keysFor: (project, kind) => (projects.length === 0 || projects.includes(project) ? keysOf(kind) : undefined),
      keysAtHand: (_, kind) => keysOf(kind),
    };
  }
}

/**
 * Reads the secrets from the environment or, with `--secret-stdin`, from standard input. Several secrets, as during a
 * rotation, stand on a line each.
 *
 * @throws {UsageError} that says where an unusable secret stands, without it
 */
export async function readSecrets(
  { secretStdin }: CommonOptions,
  surroundings: Surroundings,
): Promise<SignatureSecrets> {
  try {
    if (!secretStdin) return new SignatureSecrets(secretsFromEnvironment(surroundings.env));
    const text = await readStdinText(MAX_STDIN, surroundings);
    const variable = 'standard input';
    const secrets = secretLines(text.replace(/(?:\r\n|\n|\r)$/, ''), variable);
    return new SignatureSecrets(new Map(VIDEO_CALLBACK_KINDS.map((kind) => [kind, { variable, secrets }])));
  } catch (error) {
    if (error instanceof InvalidSecretError) throw new UsageError(error.message);
    throw error;
  }
}
