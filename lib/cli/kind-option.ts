import { VIDEO_CALLBACK_KINDS, type VideoCallbackKind } from '../callbacks/callback-kind.js';
import { printable } from './printable.js';
import { UsageError } from './usage-error.js';

/**
 * The kind of that name.
 *
 * @throws {UsageError} that lists the kinds
 */
export function kindNamed(name: string): VideoCallbackKind {
  const kind = VIDEO_CALLBACK_KINDS.find((known) => known === name);
  if (kind !== undefined) return kind;
  throw new UsageError(`there is no kind "${printable(name, 40)}": known are ${VIDEO_CALLBACK_KINDS.join(', ')}`);
}
