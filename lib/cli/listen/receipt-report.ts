import { isTooDeep, TOO_DEEP, type Output, printable } from '../output.js';
import { type Receipt } from './receipt.js';

/** Prints a receipt: one line and, if wanted, the payload; or one JSON document. */
export function reportReceipt(receipt: Receipt, withBody: boolean, output: Output): void {
  output.jsonLine(receiptDocument(receipt));
  output.line(receiptLine(receipt, output));
  for (const { path, message } of receipt.violations ?? []) {
    output.line(`          ${path === '' ? '' : `${printable(path)}: `}${printable(message)}`);
  }
  if (withBody && receipt.genuine !== undefined) output.line(printedPayload(receipt));
}

function receiptLine(receipt: Receipt, { paint }: Output): string {
  const { at, request, status, genuine, reason, explanation } = receipt;
  const time = paint.faint(at.toTimeString().slice(0, 8));
  const length = typeof request.body === 'number' ? '' : ` (${request.body.length} bytes)`;
  const what =
    genuine === undefined
      ? `${printable(request.method, 10)} ${pathOf(receipt)}`
      : `${genuine.kind}/${eventOf(receipt)}`;
  const verdict =
    reason === undefined
      ? paint.good('genuine')
      : paint.bad(
          `${genuine === undefined ? 'refused' : 'genuine, but'} ${reason}: ${printable(explanation ?? '', 400)}`,
        );
  const project = genuine === undefined ? '' : `  ${printable(genuine.verified.projectId, 40)}`;
  const mark = status === 204 ? paint.good(`✓ ${status}`) : paint.bad(`✗ ${status}`);
  return `${time}  ${mark}  ${what}${project}  ${verdict}${length}`;
}

function receiptDocument(receipt: Receipt): object {
  const { at, request, status, genuine, reason, explanation, violations } = receipt;
  return {
    time: at.toISOString(),
    status,
    method: request.method,
    path: pathOf(receipt),
    bytes: typeof request.body === 'number' ? undefined : request.body.length,
    reason,
    explanation,
    kind: genuine?.kind,
    event: genuine === undefined ? undefined : eventOf(receipt),
    project: genuine?.verified.projectId,
    secretPosition: genuine === undefined ? undefined : genuine.verified.secretPosition + 1,
    claims: genuine?.verified.claims,
    violations: violations?.length === 0 ? undefined : violations,
    body: genuine?.payload,
  };
}

/** Without the query, which may contain a token. */
function pathOf({ request }: Receipt): string {
  return printable(request.path.split('?', 1).join(''), 80);
}

function eventOf({ genuine }: Receipt): string {
  const payload: unknown = genuine?.payload;
  if (typeof payload !== 'object' || payload === null) return '?';
  const { event, status } = payload as { event?: unknown; status?: unknown };
  const name = genuine?.kind === 'session' || genuine?.kind === 'sip' ? event : status;
  return typeof name === 'string' ? printable(name, 40) : '?';
}

/** Indented, without the password of an encrypted archive, on lines that no payload can break out of. */
function printedPayload({ genuine }: Receipt): string {
  if (isTooDeep(genuine?.payload)) return `          (${TOO_DEEP}: not printed)`;
  const hidden = (name: string, value: unknown): unknown =>
    name === 'password' && typeof value === 'string' && value !== '' ? '***' : value;
  const text = (JSON.stringify(genuine?.payload, hidden, 2) as string | undefined) ?? '(no JSON)';
  return text
    .split('\n')
    .map((line) => `          ${printable(line, 4000)}`)
    .join('\n');
}
