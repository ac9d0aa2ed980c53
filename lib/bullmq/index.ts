export { BullCallbackInbox, type BullCallbackInboxOptions } from './bull-callback-inbox.js';
