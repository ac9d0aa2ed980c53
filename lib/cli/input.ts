import { createReadStream } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';
import { parseEnv } from 'node:util';
import { isNativeError } from 'node:util/types';
import { UsageError } from './exit-code.js';
import { printable } from './output.js';
import { type Surroundings } from './surroundings.js';

/** Largest body of a callback in bytes: the default limit of the module. */
export const MAX_BODY = 1024 * 1024;

const MAX_ENV_FILE = 64 * 1024;

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

/**
 * The variables of an `.env` file, as `node --env-file` reads it.
 *
 * @throws {UsageError} if it cannot be read or is too large
 */
export async function readEnvFile(
  path: string,
  surroundings: Pick<Surroundings, 'stdin' | 'signal'>,
): Promise<Surroundings['env']> {
  return parseEnv(asUtf8(await readInput(path, MAX_ENV_FILE, surroundings)).bytes.toString());
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

const UTF8_MARK = Buffer.from('\uFEFF');
const UTF16_MARKS = { le: Buffer.from([0xff, 0xfe]), be: Buffer.from([0xfe, 0xff]) } as const;

/** How many characters at the beginning show whether it is UTF-16. */
const SAMPLE = 16;

/** Text as UTF-8. */
interface Utf8Text {
  /** Without a byte order mark. */
  readonly bytes: Buffer;
  /** Whether it was written in UTF-16. */
  readonly wasUtf16: boolean;
}

/**
 * Text in whichever encoding it was written: PowerShell writes UTF-16, or UTF-8 with a byte order mark, where other shells
 * pass bytes on. UTF-16 without a mark is recognised by the ASCII characters with which it begins.
 */
export function asUtf8(bytes: Buffer): Utf8Text {
  if (startsWith(bytes, UTF8_MARK)) return { bytes: bytes.subarray(UTF8_MARK.length), wasUtf16: false };
  const order = utf16Order(bytes);
  if (order === undefined) return { bytes, wasUtf16: false };
  const even = Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2)));
  const text = (order === 'be' ? even.swap16() : even).toString('utf16le');
  return { bytes: Buffer.from(text.replace(/^\uFEFF/, '')), wasUtf16: true };
}

function utf16Order(bytes: Buffer): 'le' | 'be' | undefined {
  if (startsWith(bytes, UTF16_MARKS.le)) return 'le';
  if (startsWith(bytes, UTF16_MARKS.be)) return 'be';
  const sample = bytes.subarray(0, 2 * SAMPLE);
  if (sample.length < 2 * SAMPLE) return undefined;
  const isAscii = (byte: number): boolean => byte > 0 && byte < 0x80;
  const alternates = (zeros: 0 | 1): boolean =>
    sample.every((byte, index) => (index % 2 === zeros ? byte === 0 : isAscii(byte)));
  return alternates(1) ? 'le' : alternates(0) ? 'be' : undefined;
}

function startsWith(bytes: Buffer, mark: Buffer): boolean {
  return bytes.subarray(0, mark.length).equals(mark);
}
