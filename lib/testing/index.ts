export {
  callbackFixture,
  type CallbackFixture,
  callbackFixtures,
  type CallbackOf,
  callbackOf,
  type FixtureEvent,
  fixtureEvents,
  type FixtureOptions,
  type FixtureOverrides,
  type ListedFixture,
} from './callback-fixture.js';
export { type FixtureEnvironment } from './fixture-values.js';
export {
  type ScenarioStep,
  SESSION_SCENARIO_MS,
  sessionScenario,
  type SessionScenarioOptions,
} from './session-scenario.js';
export {
  type CallbackDelivery,
  CallbackSender,
  type CallbackSenderOptions,
  type DeliverAllOptions,
  type DeliveryAttemptReport,
  type DeliveryReport,
} from './callback-sender.js';
export { type SenderClock, SYSTEM_CLOCK, VirtualClock } from './sender-time.js';
export {
  type CallbackApplication,
  type CallbackToSign,
  postCallback,
  signCallback,
  type SignedCallback,
} from './signed-callback.js';
export {
  callbackLedgerContract,
  type ContractCase,
  type CreateLedger,
  type LedgerContractOptions,
  type LedgerUnderContract,
} from './callback-ledger-contract.js';
export { callbackInboxContract, type CreateInbox, type InboxUnderContract } from './callback-inbox-contract.js';
export { MemoryCallbackInbox, type MemoryCallbackInboxOptions, type SettledCallback } from './memory-callback-inbox.js';
