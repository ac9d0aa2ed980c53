import { type Command } from './command.js';
import { LISTEN_COMMAND } from './listen/listen.command.js';
import { SEND_COMMAND } from './send/send.command.js';
import { VERIFY_COMMAND } from './verify/verify.command.js';

/** The commands of `video-callbacks`. */
export const COMMANDS: readonly Command[] = [SEND_COMMAND, VERIFY_COMMAND, LISTEN_COMMAND];
