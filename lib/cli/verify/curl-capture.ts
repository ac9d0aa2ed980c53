import { type CapturedRequest, headerField, headersOf } from './captured-request.js';

const REQUEST_LINE = /^([A-Z]{3,10}) \S+ HTTP\/\d(\.\d)?$/;

/** Whether a capture is what `curl -v` prints. */
export function isCurlOutput(text: string): boolean {
  return sentBlocks(text).length > 0;
}

/**
 * Reads what `curl -v` prints of the request: the lines that begin with `> `. The body is not among them. After
 * redirects there are several requests; the first with a token counts.
 */
export function readCurlOutput(text: string): CapturedRequest {
  const requests = sentBlocks(text).map(([requestLine = '', ...lines]) => ({
    method: requestLine.split(' ', 1).join(''),
    headers: headersOf(lines.flatMap((line) => [headerField(line)]).filter((field) => field !== undefined)),
  }));
  const request = requests.find(({ headers }) => headers['authorization'] !== undefined) ?? requests[0];
  return {
    method: request?.method ?? '',
    headers: request?.headers ?? {},
    body: undefined,
    capturedAt: undefined,
    remarks: ['curl -v does not print the body that it sends: name the file that holds it with --body'],
  };
}

/** The lines of each request, without their mark. */
function sentBlocks(text: string): string[][] {
  const blocks: string[][] = [];
  for (const line of text.split(/\r?\n/)) {
    if (!line.startsWith('> ')) continue;
    const sent = line.slice(2).trimEnd();
    if (REQUEST_LINE.test(sent)) blocks.push([sent]);
    else blocks.at(-1)?.push(sent);
  }
  return blocks;
}
