import { VIDEO_CALLBACK_KINDS, type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { kindOfPayload } from '../../callbacks/kind-of-payload.js';
import { CallbackRejection } from '../../verification/callback-rejection.js';
import { CallbackVerifier, type VerifiedRequest } from '../../verification/callback-verifier.js';
import { importSignatureKeys, type SignatureKey } from '../../verification/signature-key.js';
import { GENERAL_SECRET_VARIABLE, SECRET_VARIABLES } from '../../secrets/environment.js';
import { type SignatureSecrets } from '../signature-secrets.js';
import { UsageError } from '../exit-code.js';
import { type Receipt, type ReceivedRequest } from './receipt.js';

/** What a {@link CallbackReceiver} expects. */
interface ReceiverOptions {
  readonly kind: VideoCallbackKind | undefined;
  readonly apiKey: string | undefined;
  readonly anyUserAgent: boolean;
}

/** Verifies requests with the library's own verifier and answers them. */
export class CallbackReceiver {
  private constructor(
    private readonly verifier: CallbackVerifier,
    /** The kinds that it expects. */
    readonly kinds: readonly VideoCallbackKind[],
  ) {}

  /**
   * @throws {UsageError} if there is no secret to verify with
   */
  static async with(secrets: SignatureSecrets, options: ReceiverOptions): Promise<CallbackReceiver> {
    const kinds = secrets.kinds.filter((kind) => options.kind === undefined || kind === options.kind);
    if (kinds.length === 0) {
      const own = options.kind === undefined ? 'ARCHIVE_SIGNATURE_SECRET and the like' : SECRET_VARIABLES[options.kind];
      throw new UsageError(`no signature secret: set ${own} or ${GENERAL_SECRET_VARIABLE}, or use --secret-stdin`);
    }
    const keys = new Map<VideoCallbackKind, readonly SignatureKey[]>();
    for (const kind of kinds) keys.set(kind, await importSignatureKeys(secrets.of(kind)));
    const verifier = new CallbackVerifier({
      keys: {
        keysFor: (project, kind) =>
          options.apiKey === undefined || project === options.apiKey ? keys.get(kind) : undefined,
      },
      ...(options.anyUserAgent ? { userAgent: false } : {}),
    });
    return new CallbackReceiver(verifier, kinds);
  }

  /** Verifies a request. */
  async receive(request: ReceivedRequest): Promise<Receipt> {
    const at = new Date();
    const refused = (status: 400 | 401 | 405 | 408 | 413, reason: string, explanation: string): Receipt => ({
      at,
      request,
      status,
      reason,
      explanation,
    });
    const { method, headers, body } = request;
    if (method !== 'POST') return refused(405, 'method_not_allowed', 'callbacks are sent with POST');
    if (body === 408) return refused(408, 'body_too_slow', 'the body did not arrive in time');
    if (body === 413) return refused(413, 'body_too_large', 'the body is over the limit of 1 MiB');

    const payload = parse(body);
    const verified = await this.firstMatch(this.candidates(request, payload), headers, body);
    if (verified instanceof CallbackRejection) return refused(401, verified.reason, verified.message);
    const genuine = { kind: verified.kind, verified, payload };
    if (!isObject(payload)) return { ...refused(400, 'payload_unusable', 'the body is no JSON object'), genuine };
    // Not needed before the first callback arrives, and slow to load.
    const { readCallback } = await import('../../callbacks/catalogue.js');
    const reading = readCallback(verified.kind, payload);
    if (reading.usable) return { at, request, status: 204, genuine, violations: reading.setAside };
    const { violations } = reading;
    return { ...refused(400, 'payload_unusable', 'the body does not fit this kind'), genuine, violations };
  }

  /** The kinds that the request may be of, most likely first. */
  private candidates({ path }: ReceivedRequest, payload: unknown): readonly VideoCallbackKind[] {
    const named = kindOfPath(path);
    if (named !== undefined && this.kinds.includes(named)) return [named];
    const guess = isObject(payload) ? kindOfPayload(payload)?.kind : undefined;
    return [...this.kinds].sort((one, other) => Number(other === guess) - Number(one === guess));
  }

  private async firstMatch(
    kinds: readonly VideoCallbackKind[],
    headers: ReceivedRequest['headers'],
    body: Buffer,
  ): Promise<VerifiedRequest | CallbackRejection> {
    let first: CallbackRejection | undefined;
    for (const kind of kinds) {
      try {
        return await this.verifier.verify(headers, body, kind);
      } catch (error) {
        if (!(error instanceof CallbackRejection)) throw error;
        // Beyond the signature, the secret is the right one and no other kind's can be.
        if (error.reason !== 'signature_mismatch') return error;
        first ??= error;
      }
    }
    return first ?? new CallbackRejection('signature_mismatch', 'no kind is expected');
  }
}

/** The kind that the last part of a path names, in the singular or plural: `/video/experience-composers`. */
function kindOfPath(path: string): VideoCallbackKind | undefined {
  const [withoutQuery = ''] = path.split('?', 1);
  const name = plain(withoutQuery.split('/').findLast((part) => part !== '') ?? '');
  return VIDEO_CALLBACK_KINDS.find((kind) => name === plain(kind) || name === `${plain(kind)}s`);
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll('-', '');
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
