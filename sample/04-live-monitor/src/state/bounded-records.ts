/** What {@link BoundedRecords} keeps. */
export interface Kept {
  readonly key: string;
  /** When it last changed, in ms since the epoch. */
  readonly moment: number;
  /** Whether no further change is expected. */
  readonly isOver: boolean;
}

/** How much is kept. */
export interface RecordLimits {
  /** Of live records. If there are more, the oldest are forgotten. */
  readonly live: number;
  /** Of ended records. */
  readonly over: number;
}

/** What changed since the last call. */
export interface RecordChanges<Item> {
  readonly put: readonly Item[];
  readonly gone: readonly string[];
}

/** How many keys of removed records are remembered. */
const FORGOTTEN_LIMIT = 10_000;

/**
 * Records by key, up to a limit: the oldest that are over are removed first. The time of a removal is remembered for
 * longer, because a late callback would otherwise bring the record back as new.
 */
export class BoundedRecords<Item extends Kept> {
  private readonly items = new Map<string, Item>();
  private readonly forgotten = new Map<string, number>();
  private readonly changed = new Set<string>();

  constructor(private readonly limits: RecordLimits) {}

  get(key: string): Item | undefined {
    return this.items.get(key);
  }

  /** When a removed record had last changed; 0 if no such record was removed. */
  forgottenAt(key: string): number {
    return this.forgotten.get(key) ?? 0;
  }

  /** Keeps a record, unless it was removed and nothing has happened since. */
  keep(item: Item): void {
    if (item.moment <= this.forgottenAt(item.key)) return;
    this.forgotten.delete(item.key);
    this.items.set(item.key, item);
    this.changed.add(item.key);
    this.makeRoom(item.isOver);
  }

  values(): readonly Item[] {
    return [...this.items.values()];
  }

  takeChanges(): RecordChanges<Item> {
    const keys = [...this.changed];
    this.changed.clear();
    return {
      put: keys.flatMap((key) => this.items.get(key) ?? []),
      gone: keys.filter((key) => !this.items.has(key)),
    };
  }

  private makeRoom(isOver: boolean): void {
    const alike = this.values().filter((item) => item.isOver === isOver);
    if (alike.length <= (isOver ? this.limits.over : this.limits.live)) return;
    const oldest = alike.reduce((one, other) => (other.moment < one.moment ? other : one));
    this.items.delete(oldest.key);
    this.changed.add(oldest.key);
    this.forgotten.set(oldest.key, oldest.moment);
    const [firstForgotten] = this.forgotten.keys();
    if (this.forgotten.size > FORGOTTEN_LIMIT && firstForgotten !== undefined) this.forgotten.delete(firstForgotten);
  }
}
