import { LoadConnection } from './load-connection.js';

/** What became of some requests. */
export interface LoadOutcome {
  readonly right: number;
  readonly wrong: number;
  /** From the first request to the last answer, in s. */
  readonly seconds: number;
  /** Of every answer, in ms, in ascending order. */
  readonly latencies: Float64Array;
}

/** Many connections, each of which sends its next request when the last one is answered. */
export class Load {
  private readonly connections: readonly LoadConnection[];

  /** @param expected the status of a right answer */
  constructor(
    port: number,
    connections: number,
    private readonly expected: number,
  ) {
    this.connections = Array.from({ length: connections }, () => new LoadConnection(port));
  }

  /** Sends requests until they or the time in seconds are over, and waits for the last answer. */
  async send(requests: readonly Buffer[], seconds = Infinity): Promise<LoadOutcome> {
    const latencies = new Float64Array(requests.length);
    let next = 0;
    let right = 0;
    let answered = 0;
    const started = performance.now();
    const end = started + seconds * 1000;

    const sendOn = (connection: LoadConnection, finish: () => void): void => {
      const request = requests[next];
      const sent = performance.now();
      if (request === undefined || sent >= end) {
        finish();
        return;
      }
      next += 1;
      connection.send(request, (status) => {
        latencies[answered] = performance.now() - sent;
        answered += 1;
        if (status === this.expected) right += 1;
        sendOn(connection, finish);
      });
    };
    await Promise.all(
      this.connections.map(
        (connection) =>
          new Promise<void>((resolve) => {
            sendOn(connection, resolve);
          }),
      ),
    );
    return {
      right,
      wrong: answered - right,
      seconds: (performance.now() - started) / 1000,
      latencies: latencies.subarray(0, answered).sort(),
    };
  }

  close(): void {
    for (const connection of this.connections) connection.close();
  }
}
