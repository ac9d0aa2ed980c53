import { MAX_BODY, readInput, asUtf8 } from '../input.js';
import { type Surroundings } from '../surroundings.js';
import { UsageError } from '../exit-code.js';
import { type CapturedRequest } from './captured-request.js';
import { isCurlOutput, readCurlOutput } from './curl-capture.js';
import { readHar } from './har-capture.js';
import { isRawRequest, readRawRequest } from './raw-capture.js';
import { type VerifyOptions } from './verify.command.js';

const MAX_HAR = 16 * MAX_BODY;
const UTF16_REMARK = 'the capture is in UTF-16, as PowerShell writes it: characters other than ASCII may have changed';
/** A body and the most headers that a server takes. */
const MAX_REQUEST = MAX_BODY + 64 * 1024;

/**
 * Reads the captured request, in whichever form it is, with the body of `--body` if that is given.
 *
 * @throws {UsageError} if it cannot be read
 */
export async function readCapture(
  path: string,
  { body: bodyPath, entry, secretStdin }: VerifyOptions,
  surroundings: Surroundings,
): Promise<CapturedRequest> {
  if ([path, bodyPath, secretStdin ? '-' : undefined].filter((input) => input === '-').length > 1) {
    throw new UsageError('standard input can be read once only: give files for the rest');
  }
  const { bytes, wasUtf16 } = asUtf8(await readInput(path, MAX_HAR, surroundings));
  const capture = parse(bytes, entry);
  if (bodyPath !== undefined) {
    return { ...capture, body: await readInput(bodyPath, MAX_BODY, surroundings), remarks: [] };
  }
  if (capture.body !== undefined && capture.body.length > MAX_BODY) {
    throw new UsageError(`the body in the capture has more than ${MAX_BODY} bytes, which is the limit`);
  }
  return wasUtf16 ? { ...capture, remarks: [UTF16_REMARK, ...capture.remarks] } : capture;
}

function parse(bytes: Buffer, entry: number | undefined): CapturedRequest {
  const isHar = /^\s*\{/.test(bytes.toString('utf8', 0, 100));
  if (isHar) return readHar(bytes.toString(), entry);
  if (entry !== undefined) throw new UsageError('--entry has no meaning: the capture is no HAR file');
  if (bytes.length > MAX_REQUEST) {
    throw new UsageError(`the capture has more than ${MAX_REQUEST} bytes, which is the limit for one request`);
  }
  if (isRawRequest(bytes)) return readRawRequest(bytes);
  const text = bytes.toString();
  if (isCurlOutput(text)) return readCurlOutput(text);
  throw new UsageError('the capture is neither a raw HTTP request, nor the output of curl -v, nor a HAR file');
}
