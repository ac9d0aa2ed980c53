/** The folder of this machine's Postgres; `undefined` if there is none. */
export function findPostgres(): string | undefined;

/** Says whether Postgres is there, after it tried to install it. */
export function installPostgres(): boolean;
