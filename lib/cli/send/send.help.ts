import { type CommandHelp } from '../options.js';

/** The help of `send`; each of its examples is run by a test. */
export const SEND_HELP: CommandHelp = {
  name: 'send',
  summary: 'send signed callbacks to your endpoint, play a whole call, or try to forge callbacks',
  usage: [
    '<url> --kind <kind> --event <event> [options]',
    '<url> --kind <kind> --file <path> [options]',
    '<url> --scenario session [options]',
    '<url> --kind <kind> --forge [options]',
  ],
  notes: [
    'Address: <url> is used for every kind, with the name of the kind in place of {kind}; --path gives one kind its own path. ' +
      'Addresses of this machine and of private networks need no confirmation; any other host needs --i-own-this-endpoint. Redirects are not followed.',
    'Project: --api-key or --application-id (VIDEO_API_KEY, VIDEO_APPLICATION_ID) names the project in the token and in the payload. ' +
      'A callback is delivered if the answer is 200 to 205. Nothing is retried.',
    "--copies sends each callback several times, like Vonage's retries but without waits: with the same token or, with --resign, " +
      'each with a new one. Duplicates are answered with success too; the log of the application says what was handled.',
    'An answer of 401, 403, 429 or a redirect may come from a guard, a throttler or a proxy in front of the module. A hint says what to look at.',
    '--scenario session plays a call of 170 s in 3 s, or as fast as --speed says: one session, two people, live captions, an archive, ' +
      'a broadcast and a telephone. It needs a secret for each of its kinds. --kind selects kinds, to leave some out or to add ' +
      'experienceComposer.',
    '--forge first sends a genuine callback, which must be accepted, then requests that must be refused: forged, changed, replayed ' +
      'and old ones. An accepted one is a fault of the endpoint, or advice if only the owner of the secret could send it. An answer of ' +
      '5xx is a fault too, except 503 to a request without a token. Use it on your own endpoint only: what is accepted reaches your handlers.',
  ],
  examples: `
  # an archive that can be fetched; the secret is in ARCHIVE_SIGNATURE_SECRET
  video-callbacks send http://localhost:3000/video/archives --kind archive --event available --api-key 12345678
  # a security check of your own endpoint, for a pipeline
  video-callbacks send http://localhost:3000/video/archives --kind archive --forge --api-key 12345678 --json
  # the same event with fields of your own, three times
  video-callbacks send http://localhost:3000/video/archives --kind archive --event stopped --set "reason=session ended" --set duration=5 --count 3 --api-key 12345678
  # a callback and two retries of it, each with a new token: is it handled once?
  video-callbacks send http://localhost:3000/video/archives --kind archive --event available --copies 3 --resign --api-key 12345678
  # the exact bytes of a file, in the unified environment
  video-callbacks send http://localhost:3000/video/archives --kind archive --file body.json --application-id 93e36bb9-5555-45b6-a9ea-5c37dbc49906
  # a whole call, each kind to its own path
  video-callbacks send http://localhost:3000 --scenario session --path session=/video/sessions --path archive=/video/archives --path sip=/video/sip --path broadcast=/video/broadcasts --path captions=/video/captions --api-key 12345678
  # the same with the name of the kind in the path, in 10 s
  video-callbacks send "http://localhost:3000/callbacks/{kind}" --scenario session --speed 17 --api-key 12345678
  # with a secret that a password manager prints
  pass video/archive | video-callbacks send http://localhost:3000/video/archives --kind archive --event started --secret-stdin --api-key 12345678`,
};
