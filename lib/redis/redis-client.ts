import { hasMethod, shownSort } from '../options/option-checks.js';

/** The part of a node-redis client or cluster (`redis` 4 and newer) that is needed here. */
export interface NodeRedisClient {
  /** Runs a Lua script. */
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  /** Whether the client is open. */
  readonly isOpen?: boolean | undefined;
}

/** The part of an ioredis client or cluster (`ioredis` 5 and newer) that is needed here. */
export interface IoRedisClient {
  /** Runs a Lua script. */
  eval(script: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>;
  /** Not called: a client of ioredis is recognised by it. */
  defineCommand(name: string, definition: { lua: string }): unknown;
}

/** A client of Redis or Valkey, single or cluster. */
export type RedisClient = NodeRedisClient | IoRedisClient;

/** Runs a Lua script on one key, so that it is atomic and a cluster can select the node. */
export type RunScript = (script: string, key: string, ...parameters: string[]) => Promise<unknown>;

/**
 * Returns one function for the calls of both clients.
 *
 * @throws {TypeError} if it is not a client, or a client that returns no promises
 */
export function scriptRunner(client: RedisClient): RunScript {
  checkClient(client);
  if (isIoRedis(client)) return (script, key, ...parameters) => client.eval(script, 1, key, ...parameters);
  // A client of legacy() would end the process with an unhandled error at the first command.
  if ('sendCommand' in client && !('connect' in client)) {
    throw new TypeError('the client is one of legacy(), which returns no promises: give the client itself.');
  }
  return (script, key, ...parameters) => client.eval(script, { keys: [key], arguments: parameters });
}

function checkClient(client: unknown): void {
  const hint = 'give a client of redis or ioredis';
  if (typeof client !== 'object' || client === null) {
    throw new TypeError(`the client is ${shownSort(client)}: ${hint}.`);
  }
  if (hasMethod(client, 'then')) throw new TypeError('the client is a promise: await it.');
  if (!hasMethod(client, 'eval')) throw new TypeError(`the client has no method eval: ${hint}.`);
}

/** A reply as a string, also if the client is configured to return numbers or bytes. */
export function replyText(reply: unknown): string | undefined {
  if (typeof reply === 'string') return reply;
  if (typeof reply === 'number' || typeof reply === 'bigint') return String(reply);
  return Buffer.isBuffer(reply) ? reply.toString() : undefined;
}

function isIoRedis(client: RedisClient): client is IoRedisClient {
  return hasMethod(client, 'defineCommand');
}

/**
 * The `maxmemory-policy` if Redis may remove keys under it.
 *
 * @param info the reply of `INFO`
 * @returns `undefined` if it removes no keys, for example without a memory limit, or does not tell
 */
export function evictionPolicy(info: string): string | undefined {
  const policy = /^maxmemory_policy:([a-z-]+)/m.exec(info)?.[1];
  return policy === 'noeviction' || /^maxmemory:0\b/m.test(info) ? undefined : policy;
}
