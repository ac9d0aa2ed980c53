export { RedisCallbackLedger, type RedisCallbackLedgerOptions } from './redis-callback-ledger.js';
export { type IoRedisClient, type NodeRedisClient, type RedisClient } from './redis-client.js';
