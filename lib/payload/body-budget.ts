import { Socket } from 'node:net';

/** The share of one request in a {@link BodyBudget}. */
export interface BodyAccount {
  /** Sets the number of bytes charged to this request. Returns `false` and changes nothing if not enough are left. */
  charge(total: number): boolean;
  /** Returns all bytes to the budget. The end of the connection does the same. */
  close(): void;
}

/**
 * For requests that do not come over a network: the code that makes them limits them, and their end may never be
 * announced.
 */
const UNBOUNDED: BodyAccount = { charge: () => true, close: () => undefined };

/** Limits how many bytes of bodies a process keeps at once, over all connections and pipelined requests. */
export class BodyBudget {
  private left: number;
  // Node announces the end of a connection to only one of its pipelined requests.
  private readonly connections = new WeakMap<Socket, Set<BodyAccount>>();

  /** @param free the bytes of each request that are not charged */
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
    // Adapters of serverless platforms and test tools may have no socket here, or another object.
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
