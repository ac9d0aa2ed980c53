/**
 * The `maxmemory-policy` by which a Redis may remove keys.
 *
 * @param info what its `INFO` answers
 * @returns `undefined` if it removes none, as without a memory limit, or does not say
 */
export function evictionPolicy(info: string): string | undefined {
  const policy = /^maxmemory_policy:([a-z-]+)/m.exec(info)?.[1];
  return policy === 'noeviction' || /^maxmemory:0\b/m.test(info) ? undefined : policy;
}
