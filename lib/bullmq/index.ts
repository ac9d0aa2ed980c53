export { BullCallbackInbox, InboxNotReadyError } from './bull-callback-inbox.js';
export { type BullCallbackInboxOptions } from './inbox-options.js';
export { type DeadCallback, type DeadCallbackFilter } from './dead-callbacks.js';
