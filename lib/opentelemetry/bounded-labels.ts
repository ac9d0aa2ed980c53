import { cut } from '../verification/quoted-text.js';

/** Texts as values of attributes: cut, and of a bounded number. The first are kept, those that come later are one. */
export class BoundedLabels {
  private readonly known = new Set<string>();

  /**
   * @param limit how many are distinguished
   * @param other stands for all others
   */
  constructor(
    private readonly limit: number,
    private readonly other: string,
  ) {}

  /** The text itself, cut, or what stands for the others. */
  label(text: string): string {
    const label = cut(text);
    if (this.known.has(label)) return label;
    if (this.known.size >= this.limit) return this.other;
    this.known.add(label);
    return label;
  }
}
