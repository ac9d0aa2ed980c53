import { type IncomingMessage } from 'node:http';
import { type VideoCallbackKind } from '../../callbacks/callback-kind.js';
import { type Violation } from '../../callbacks/catalogue.js';
import { isJsonObject } from '../../callbacks/json-object.js';
import { readToken } from '../../verification/unverified-token.js';
import { isTooDeep, type Output, printable, TOO_DEEP } from '../output.js';

/** Longest JSON that is printed indented, in characters: indentation multiplies it by its depth. */
const MAX_INDENTED = 16_384;

/** Longest payload that is printed as text, in characters. */
const MAX_PRINTED = 65_536;

/** A request that arrived, filled in while the module handles it. */
export interface Receipt {
  readonly at: Date;
  readonly request: IncomingMessage;
  /** The path as it was sent, without the query, which may contain a token. */
  readonly path: string;
  /** The kinds that are expected there. */
  readonly kinds: readonly VideoCallbackKind[];
  /** The HTTP status of the answer. */
  status: number;
  /** Why it was refused: a reason of the library, or of this command. */
  reason?: string;
  explanation?: string;
  /** What the module has found out about a genuine callback. */
  genuine?: { readonly kind: VideoCallbackKind; readonly projectId: string; readonly secretPosition: number };
  rawBody?: Buffer | undefined;
  /** The parts of a genuine payload that could not be used. */
  violations?: readonly Violation[];
}

/** Prints a receipt: one line and, if wanted, the payload; or one JSON document. */
export function reportReceipt(receipt: Receipt, withBody: boolean, output: Output): void {
  const payload = parse(receipt.rawBody);
  output.jsonLine(receiptDocument(receipt, payload));
  output.line(receiptLine(receipt, payload, output));
  for (const { path, message } of receipt.violations ?? []) {
    output.line(`          ${path === '' ? '' : `${printable(path)}: `}${printable(message)}`);
  }
  if (withBody && receipt.genuine !== undefined) output.line(printedPayload(payload));
}

function receiptLine(receipt: Receipt, payload: unknown, { paint }: Output): string {
  const { at, request, path, status, genuine, reason = 'by the platform', explanation = '' } = receipt;
  const what = genuine
    ? `${genuine.kind}/${eventOf(genuine.kind, payload)}  ${printable(genuine.projectId, 40)}`
    : `${printable(request.method ?? '', 10)} ${path}`;
  const [colour, mark, verdict] =
    status === 204
      ? [paint.good, '✓', 'genuine']
      : [paint.bad, '✗', `${genuine ? 'genuine, but' : 'refused'} ${reason}: ${printable(explanation, 400)}`];
  const length = bytesOf(receipt);
  const size = length === undefined ? '' : ` (${length} bytes)`;
  const time = paint.faint(at.toTimeString().slice(0, 8));
  return `${time}  ${colour(`${mark} ${status}`)}  ${what}  ${colour(verdict)}${size}`;
}

function receiptDocument(receipt: Receipt, payload: unknown): object {
  const { at, request, path, status, genuine, reason, explanation, violations } = receipt;
  return {
    time: at.toISOString(),
    status,
    method: request.method,
    path,
    bytes: bytesOf(receipt),
    reason,
    explanation,
    kind: genuine?.kind,
    event: genuine && eventOf(genuine.kind, payload),
    project: genuine?.projectId,
    secretPosition: genuine && genuine.secretPosition + 1,
    claims: genuine && readToken(request.headersDistinct).claims,
    violations: violations?.length === 0 ? undefined : violations,
    body: payload,
  };
}

function bytesOf({ rawBody, request }: Receipt): number | undefined {
  const { 'content-length': length } = request.headers;
  return rawBody?.length ?? (length === undefined ? undefined : Number(length));
}

function parse(rawBody: Buffer | undefined): unknown {
  try {
    return rawBody && JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(rawBody));
  } catch {
    return undefined;
  }
}

function eventOf(kind: VideoCallbackKind, payload: unknown): string {
  const name = isJsonObject(payload) && payload[kind === 'session' || kind === 'sip' ? 'event' : 'status'];
  return typeof name === 'string' ? printable(name, 40) : '?';
}

/** Indented if it is short, without the password of an encrypted archive, on lines that no payload can break out of. */
function printedPayload(payload: unknown): string {
  if (isTooDeep(payload)) return `          (${TOO_DEEP}: not printed)`;
  const hidden = (name: string, value: unknown): unknown =>
    name === 'password' && typeof value === 'string' && value !== '' ? '***' : value;
  if (payload === undefined) return '          (no JSON)';
  const compact = JSON.stringify(payload, hidden);
  const text = compact.length > MAX_INDENTED ? compact : JSON.stringify(payload, hidden, 2);
  const lines = text
    .slice(0, MAX_PRINTED)
    .split('\n')
    .map((line) => `          ${printable(line, MAX_PRINTED)}`);
  const surplus = text.length - MAX_PRINTED;
  if (surplus > 0) lines.push(`          … and ${surplus} characters more: --json prints all of it`);
  return lines.join('\n');
}
