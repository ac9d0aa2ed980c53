import { createReadStream } from 'node:fs';
import { addAbortSignal } from 'node:stream';
import { isNativeError } from 'node:util/types';
import { printable } from './output.js';
import { type Surroundings, UsageError } from './surroundings.js';

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
  const [name, stream] = path === '-' ? ['standard input', stdin] : [printable(path), createReadStream(path)];
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of addAbortSignal(signal, stream) as AsyncIterable<Buffer | string>) {
      const bytes = Buffer.from(chunk);
      length += bytes.length;
      if (length > maxBytes) throw new UsageError(`${name} has more than ${maxBytes} bytes, which is the limit`);
      chunks.push(bytes);
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${name} cannot be read: ${errorCode(error)}`);
  }
  return Buffer.concat(chunks);
}

/** The same as text, decoded from UTF-8 or UTF-16. */
export async function readText(...input: Parameters<typeof readInput>): Promise<string> {
  return asUtf8(await readInput(...input)).bytes.toString();
}

/** What kind of error it is, without its message. */
export function errorCode(error: unknown): string {
  // Not instanceof: in a test runner with a realm of its own, Node's errors come from another one.
  if (!isNativeError(error)) return 'unknown error';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/**
 * Decodes UTF-8 or UTF-16: PowerShell writes UTF-16, or UTF-8 with a byte order mark, where other shells pass bytes on.
 * UTF-16 without a mark is recognised by its first ASCII characters.
 *
 * @returns the text as UTF-8 without a byte order mark, and whether it was written in UTF-16
 */
export function asUtf8(bytes: Buffer): { readonly bytes: Buffer; readonly wasUtf16: boolean } {
  const start = bytes.toString('latin1', 0, 8);
  const isLittleEndian = /^\xff\xfe|^(?:[\t-~]\0){4}/.test(start);
  const isBigEndian = /^\xfe\xff|^(?:\0[\t-~]){4}/.test(start);
  if (isLittleEndian || isBigEndian) {
    const text = new TextDecoder(isBigEndian ? 'utf-16be' : 'utf-16le').decode(bytes);
    return { bytes: Buffer.from(text), wasUtf16: true };
  }
  return { bytes: start.startsWith('\xef\xbb\xbf') ? bytes.subarray(3) : bytes, wasUtf16: false };
}
