import { type CommandExample } from '../command.js';

/** Paragraphs of the help of `listen`. */
export const LISTEN_NOTES: readonly string[] = [
  'For use behind a tunnel while you set the webhooks up. A genuine callback is answered with 204, any other request with 401, a ' +
    'genuine one whose body cannot be used with 400, a body over 1 MiB with 413, one that takes longer than 10 s with 408, another method than POST with 405.',
  'The kind is that of --kind, or that of the last part of the path (/archive, /video/archives), or else the one whose secret made ' +
    'the signature. Secrets of several kinds can be set at once.',
  'Passwords of archives are printed as *** in text. With --json they are printed as they are, one JSON document a line. ' +
    'A payload that is nested more than 100 levels deep is not printed, and the line says so.',
];

/** Command lines of the help of `listen`; each is run by a test. */
export const LISTEN_EXAMPLES: readonly CommandExample[] = [
  { about: 'receive and print callbacks until Ctrl-C', line: 'video-callbacks listen --port 3000' },
  { about: 'archives only, with their payloads', line: 'video-callbacks listen --port 3000 --kind archive --body' },
  { about: 'one JSON document a line, on a free port', line: 'video-callbacks listen --port 0 --json' },
];
