import { type CommandExample } from '../command.js';

/** Paragraphs of the help of `verify`. */
export const VERIFY_NOTES: readonly string[] = [
  'The file is a raw HTTP request (request line, header lines, an empty line, the body), the output of curl -v, or a HAR file. ' +
    'curl -v does not print the body; name its file with --body. A request may have 1 MiB, a HAR file 16 MiB. ' +
    'It may be in UTF-16 or begin with a byte order mark, as PowerShell writes it; the bytes of --body are taken as they are.',
  'Every check is made, also after one has failed. Without secrets the signature is reported as not checked, which does not fail.',
  'The age is judged as a server would, by the clock of now. An old capture fails therefore, unless --at names the moment of ' +
    'the capture, which also makes the result the same tomorrow.',
  'Neither the token nor a secret is ever printed.',
];

/** Command lines of the help of `verify`; each is run by a test. */
export const VERIFY_EXAMPLES: readonly CommandExample[] = [
  { about: 'a captured request, as it is judged now', line: 'video-callbacks verify request.txt' },
  {
    about: 'an archive callback of last week, as it was judged then',
    line: 'video-callbacks verify request.txt --kind archive --at 2026-01-31T12:00:00Z',
  },
  {
    about: 'the output of curl -v, and the body that curl sent',
    line: 'video-callbacks verify curl.txt --body body.json',
  },
  {
    about: 'the third entry of a HAR file, for a script',
    line: 'video-callbacks verify requests.har --entry 3 --json',
  },
  { about: 'from a pipe', line: 'cat request.txt | video-callbacks verify -' },
];
