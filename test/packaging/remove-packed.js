import { rmSync } from 'node:fs';

/** Removes what the set-up and the tests made. */
export default function removePacked() {
  rmSync(process.env['PACKED_FOLDER'], { recursive: true, force: true });
}
