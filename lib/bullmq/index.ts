export { BullCallbackInbox } from './bull-callback-inbox.js';
export { InboxNotReadyError } from './inbox-not-ready.error.js';
export { type BullCallbackInboxOptions } from './inbox-options.js';
