import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A certificate with its private key, as PEM. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
}

/** The authority that vouches for the server and its clients; how it was made: `certificates/make.sh`. */
export const AUTHORITY = pem('authority');
export const SERVER = identity('server');
export const CLIENT = identity('client');
/** Of the same authority, with names that a careless comparison takes for those of the other. */
export const NEIGHBOUR = identity('neighbour');
/** Of the same authority, but its time is over. */
export const EXPIRED_CLIENT = identity('expired-client');
/** Of an authority that the server does not know. */
export const OTHER_CLIENT = identity('other-client');

/** What an operator reads from `openssl x509 -noout -fingerprint -sha256`. */
export function fingerprintOf({ cert }: Identity): string {
  return new X509Certificate(cert).fingerprint256;
}

function identity(name: string): Identity {
  return { key: pem(`${name}.key`), cert: pem(name) };
}

function pem(name: string): string {
  return readFileSync(new URL(`certificates/${name}.pem`, import.meta.url), 'utf8');
}
