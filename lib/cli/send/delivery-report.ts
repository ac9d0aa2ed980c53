import { EXIT, type ExitCode } from '../exit-code.js';
import { type Output } from '../output.js';
import { type DeliveryResult } from './delivery.js';

/** Prints what became of all deliveries and returns how the command ends. */
export function reportDeliveries(results: readonly DeliveryResult[], output: Output): ExitCode {
  const delivered = results.filter((result) => result.delivered).length;
  const failed = results.length - delivered;
  output.json({ delivered, failed, deliveries: results });
  if (results.length > 1) {
    const summary = `${delivered} of ${results.length} callbacks delivered`;
    output.line(failed === 0 ? output.paint.good(summary) : output.paint.bad(`${summary}, ${failed} failed`));
  }
  return failed === 0 ? EXIT.ok : EXIT.failed;
}
