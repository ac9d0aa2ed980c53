export { BullCallbackInbox, InboxNotReadyError, type BullCallbackInboxOptions } from './bull-callback-inbox.js';
