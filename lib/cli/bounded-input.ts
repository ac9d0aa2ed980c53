import { createReadStream } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';
import { isNativeError } from 'node:util/types';
import { printable } from './printable.js';
import { type Surroundings } from './surroundings.js';
import { asUtf8 } from './text-encoding.js';
import { UsageError } from './usage-error.js';

/** Largest body of a callback in bytes: the default limit of the module. */
export const MAX_BODY = 1024 * 1024;

/**
 * The bytes of a file, or of standard input for `-`.
 *
 * @throws {UsageError} if it cannot be read or is too large
 */
export async function readInput(
  path: string,
  maxBytes: number,
  { stdin, signal }: Pick<Surroundings, 'stdin' | 'signal'>,
): Promise<Buffer> {
  if (path === '-') return collect(stdin, maxBytes, 'standard input', signal);
  const name = printable(path);
  try {
    return await collect(createReadStream(path), maxBytes, name, signal);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${name} cannot be read: ${errorCode(error)}`);
  }
}

/**
 * Standard input as text, in whichever encoding it is.
 *
 * @throws {UsageError} if it is too long
 */
export async function readStdinText(
  maxBytes: number,
  { stdin, signal }: Pick<Surroundings, 'stdin' | 'signal'>,
): Promise<string> {
  return asUtf8(await collect(stdin, maxBytes, 'standard input', signal)).bytes.toString();
}

async function collect(stream: Readable, maxBytes: number, name: string, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of addAbortSignal(signal, stream) as AsyncIterable<Buffer | string>) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > maxBytes) throw new UsageError(`${name} has more than ${maxBytes} bytes, which is the limit`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** What kind of error it is, without its message. */
export function errorCode(error: unknown): string {
  // Not instanceof: where a test runner has a realm of its own, Node's errors are of another one.
  if (!isNativeError(error)) return 'unknown error';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
