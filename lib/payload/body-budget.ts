import { Socket } from 'node:net';

/** What one request takes of a {@link BodyBudget}. */
export interface BodyAccount {
  /** Charges a total of bytes; `false`, and nothing changes, if there are not enough left. */
  charge(total: number): boolean;
  /** Pays everything back. The end of the connection does so, too. */
  close(): void;
}

/** Of requests that come over no network: the code that makes them bounds them, and may never announce their end. */
const UNBOUNDED: BodyAccount = { charge: () => true, close: () => undefined };

/**
 * Bounds how many bytes of bodies a process keeps at once, over all connections and all requests that are pipelined on
 * them.
 */
export class BodyBudget {
  private left: number;
  // Node announces the end of a connection to one of its pipelined requests only.
  private readonly connections = new WeakMap<Socket, Set<BodyAccount>>();

  /** @param free how many bytes of each request are not charged */
  constructor(
    maxBytes: number,
    private readonly free: number,
  ) {
    this.left = maxBytes;
  }

  /** How many accounts are open for requests of a connection. */
  openOn(socket: Socket): number {
    return socket instanceof Socket ? this.accountsOf(socket).size : 0;
  }

  /** Opens the account of a request that came over a connection. */
  open(socket: Socket): BodyAccount {
    // Adapters of serverless platforms and test tools have something else in its place, or nothing.
    if (!(socket instanceof Socket)) return UNBOUNDED;
    const accounts = this.accountsOf(socket);
    let charged = 0;
    let isOpen = true;
    const account: BodyAccount = {
      charge: (total) => {
        const more = Math.max(0, total - this.free) - charged;
        if (!isOpen || more > this.left) return false;
        this.left -= more;
        charged += more;
        return true;
      },
      close: () => {
        isOpen = false;
        this.left += charged;
        charged = 0;
        accounts.delete(account);
      },
    };
    accounts.add(account);
    return account;
  }

  private accountsOf(socket: Socket): Set<BodyAccount> {
    const known = this.connections.get(socket);
    if (known !== undefined) return known;
    const accounts = new Set<BodyAccount>();
    this.connections.set(socket, accounts);
    socket.once('close', () => {
      for (const account of accounts) account.close();
    });
    return accounts;
  }
}
