import { EventEmitter } from 'node:events';
import { type Socket } from 'node:net';

/** What one request takes of a {@link BodyBudget}. */
export interface BodyAccount {
  /** Charges a total of bytes; `false`, and nothing changes, if there are not enough left. */
  charge(total: number): boolean;
  /** Pays everything back. The end of the connection does so, too. */
  close(): void;
}

/**
 * Bounds how many bytes of bodies a process keeps at once, over all connections and all requests that are pipelined on
 * them.
 */
export class BodyBudget {
  private left: number;
  // Node announces the end of a connection to one of its pipelined requests only.
  private readonly connections = new WeakMap<Socket, Set<BodyAccount>>();

  constructor(maxBytes: number) {
    this.left = maxBytes;
  }

  /** Opens the account of a request that came over a connection. */
  open(socket: Socket): BodyAccount {
    const accounts = this.accountsOf(socket);
    let charged = 0;
    let isOpen = true;
    const account: BodyAccount = {
      charge: (total) => {
        if (!isOpen || total - charged > this.left) return false;
        this.left -= total - charged;
        charged = total;
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
    // Adapters of serverless platforms have something else in its place.
    if (socket instanceof EventEmitter) {
      socket.once('close', () => {
        for (const account of accounts) account.close();
      });
    }
    return accounts;
  }
}
