export { CallbackAlreadyHandledError, NotCommittedError } from '../delivery/method-run.js';
export { type LedgerTable, postgresLedgerSchema, TableMissingError } from './ledger-table.js';
export { PostgresCallbackLedger, type PostgresCallbackLedgerOptions } from './postgres-callback-ledger.js';
export { type PostgresClient, type PostgresResult } from './postgres-client.js';
