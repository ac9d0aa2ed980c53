/** What a {@link BoundedCache} remembers under a name. */
export interface CachedValue<Value> {
  readonly value: Value;
  /** Whether its time is not over yet. What is stale still tells that the name was known. */
  readonly isFresh: boolean;
}

/** A map of bounded size: when it is full it forgets what was not used for longest. */
export class BoundedCache<Value> {
  private readonly entries = new Map<string, { value: Value; readonly freshUntil: number }>();

  constructor(private readonly maxEntries: number) {}

  get(name: string): CachedValue<Value> | undefined {
    const entry = this.entries.get(name);
    if (entry === undefined) return undefined;
    // A Map keeps the order of insertion, so that the entry in front is the one not used for longest. That costs more
    // than all the rest here, and is for nothing as long as there is much room.
    if (this.entries.size > this.maxEntries / 2) {
      this.entries.delete(name);
      this.entries.set(name, entry);
    }
    return { value: entry.value, isFresh: entry.freshUntil > performance.now() };
  }

  /** @param ttl how long the value is fresh, in milliseconds; may be `Infinity` */
  set(name: string, value: Value, ttl: number): void {
    this.entries.delete(name);
    const [oldest] = this.entries.keys();
    if (oldest !== undefined && this.entries.size >= this.maxEntries) this.entries.delete(oldest);
    this.entries.set(name, { value, freshUntil: performance.now() + ttl });
  }

  /** Changes a value without prolonging its time. */
  replace(name: string, value: Value): void {
    const entry = this.entries.get(name);
    if (entry !== undefined) entry.value = value;
  }

  delete(name: string): void {
    this.entries.delete(name);
  }
}
