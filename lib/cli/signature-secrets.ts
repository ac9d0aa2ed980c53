import { VIDEO_CALLBACK_KINDS, type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { secretLengthProblem } from '../verification/signature-key.js';
import { readStdinText } from './input.js';
import { GENERAL_SECRET_VARIABLE, SECRET_VARIABLES } from './secret-variables.js';
import { type CommonOptions } from './options.js';
import { type Surroundings } from './surroundings.js';
import { UsageError } from './exit-code.js';

const MAX_STDIN = 16 * 1024;

/** A signature secret and where it came from. */
export interface KnownSecret {
  /** Never to be printed. */
  readonly text: string;
  /** The environment variable, or `standard input`. */
  readonly source: string;
  /** Where it stands in the source, from 1. */
  readonly position: number;
}

/** The signature secrets of each kind that the user named. */
export class SignatureSecrets {
  constructor(private readonly byKind: ReadonlyMap<VideoCallbackKind, readonly KnownSecret[]>) {}

  /** The secrets of a kind; none if none is known. */
  of(kind: VideoCallbackKind): readonly KnownSecret[] {
    return this.byKind.get(kind) ?? [];
  }

  /** The kinds whose secrets are known. */
  get kinds(): readonly VideoCallbackKind[] {
    return VIDEO_CALLBACK_KINDS.filter((kind) => this.byKind.has(kind));
  }

  /**
   * The secret to sign with: the first of the kind's.
   *
   * @throws {UsageError} that names the variables which would hold it
   */
  signing(kind: VideoCallbackKind): string {
    const [secret] = this.of(kind);
    if (secret !== undefined) return secret.text;
    throw new UsageError(
      `no signature secret for ${kind}: set ${SECRET_VARIABLES[kind]} or ${GENERAL_SECRET_VARIABLE}, or use --secret-stdin`,
    );
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
  if (secretStdin) {
    const text = await readStdinText(MAX_STDIN, surroundings);
    const secrets = secretsIn(text.replace(/(?:\r\n|\n|\r)$/, ''), 'standard input');
    return new SignatureSecrets(new Map(VIDEO_CALLBACK_KINDS.map((kind) => [kind, secrets])));
  }
  const general = secretsOf(GENERAL_SECRET_VARIABLE, surroundings);
  const byKind = new Map<VideoCallbackKind, readonly KnownSecret[]>();
  for (const kind of VIDEO_CALLBACK_KINDS) {
    const secrets = secretsOf(SECRET_VARIABLES[kind], surroundings) ?? general;
    if (secrets !== undefined) byKind.set(kind, secrets);
  }
  return new SignatureSecrets(byKind);
}

function secretsOf(variable: string, { env }: Surroundings): readonly KnownSecret[] | undefined {
  const text = env[variable];
  return text === undefined ? undefined : secretsIn(text, variable);
}

function secretsIn(text: string, source: string): readonly KnownSecret[] {
  return text.split(/\r\n|\n|\r/).map((secret, index, { length }) => {
    const name = length === 1 ? `the secret in ${source}` : `line ${index + 1} of ${source}`;
    const problem = secret.startsWith('\uFEFF') ? 'begins with a byte order mark' : secretLengthProblem(secret);
    if (problem !== undefined) throw new UsageError(`${name} ${problem}`);
    return { text: secret, source, position: index + 1 };
  });
}
