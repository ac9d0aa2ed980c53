import { cpus, loadavg, totalmem, release, type } from 'node:os';

/** What the numbers were measured on, in one line. */
export function machineFacts(): string {
  const [processor] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const model = processor?.model.trim() ?? 'unknown processor';
  const [load = 0] = loadavg();
  return (
    `Node.js ${process.version}, ${cpus().length} × ${model}, ${memory} GiB, ${type()} ${release()}, ` +
    `load before the run ${load.toFixed(1)}`
  );
}
