import { randomUUID } from 'node:crypto';
import { type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { type CallbackToSign, signCallback } from '../../testing/index.js';
import { type Paint } from '../output.js';
import { UsageError } from '../exit-code.js';
import { exchange } from './exchange.js';

/** A callback to be delivered. */
interface Delivery {
  readonly kind: VideoCallbackKind;
  /** The event or status; `undefined` if the body came from a file. */
  readonly event: string | undefined;
  readonly url: URL;
  readonly callback: CallbackToSign;
}

/** What became of it. */
export interface DeliveryResult {
  readonly kind: VideoCallbackKind;
  readonly event: string | undefined;
  readonly url: string;
  /** Whether it was answered with 200 to 205, which Vonage takes as success. */
  readonly delivered: boolean;
  readonly status: number | undefined;
  readonly error: string | undefined;
  readonly ms: number;
  /** The token's id. */
  readonly jti: string;
}

/**
 * Delivers one callback, once.
 *
 * @throws {UsageError} if nothing listens at the address
 */
export async function deliver(
  { kind, event, url, callback }: Delivery,
  limits: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<DeliveryResult> {
  const jti = randomUUID();
  const { status, error, connected, ms } = await exchange(url, signCallback({ jti, ...callback }), limits);
  limits.signal.throwIfAborted();
  if (!connected) throw unreachable(url, error);
  return { kind, event, url: url.href, delivered: isSuccess(status), status, error, ms, jti };
}

/** Vonage takes 200 to 205 as success ("Secure callbacks"). */
export function isSuccess(status: number | undefined): boolean {
  return status !== undefined && status >= 200 && status <= 205;
}

/** The error for an address at which nothing listens. */
export function unreachable({ origin }: URL, error: string | undefined): UsageError {
  return new UsageError(`${origin} cannot be reached: ${error ?? 'no connection'}`);
}

/** A result as one line. */
export function deliveryLine({ kind, event, delivered, status, error, ms, jti }: DeliveryResult, paint: Paint): string {
  const answer = status === undefined ? (error ?? 'no answer') : String(status);
  const mark = delivered ? paint.good(`✓ ${answer}`) : paint.bad(`✗ ${answer}`);
  const what = event === undefined ? kind : `${kind}/${event}`;
  return `${mark}  ${`${ms} ms`.padStart(7)}  ${what.padEnd(28)}  ${paint.faint(`jti ${jti}`)}`;
}
