/** A map that forgets: each entry after a time, and the one that was not used for longest when it is full. */
export class ExpiringCache<Value> {
  private readonly entries = new Map<string, { value: Value; readonly expiresAt: number }>();

  constructor(
    private readonly maxEntries: number,
    /** In milliseconds; may be `Infinity`. */
    private readonly ttl: number,
  ) {}

  get(name: string): Value | undefined {
    const entry = this.entries.get(name);
    if (entry === undefined) return undefined;
    this.entries.delete(name);
    if (entry.expiresAt <= performance.now()) return undefined;
    // A Map keeps the order of insertion, so that the entry in front is always the one not used for longest.
    this.entries.set(name, entry);
    return entry.value;
  }

  set(name: string, value: Value): void {
    this.entries.delete(name);
    if (this.entries.size >= this.maxEntries) {
      for (const oldest of this.entries.keys()) {
        this.entries.delete(oldest);
        break;
      }
    }
    this.entries.set(name, { value, expiresAt: performance.now() + this.ttl });
  }

  /** Changes a value without prolonging its life. */
  replace(name: string, value: Value): void {
    const entry = this.entries.get(name);
    if (entry !== undefined) entry.value = value;
  }
}
