import { type Random } from '../random.js';
import { SECRETS } from '../server/setup.js';
import { callbackFixture, type SignedCallback } from 'nestjs-vonage-video-callbacks/testing';
import { type OutgoingRequest } from './post.js';

/** A request that `video-callbacks send --forge` makes. */
interface Forgery {
  readonly id: string;
  make(material: object): OutgoingRequest | undefined;
}

interface Forger {
  sign(): SignedCallback;
}

type MakeForger = new (options: object) => Forger;

/** Not exported, but built: every request that the command line sends to see whether an endpoint refuses it. */
async function fromForge(file: string): Promise<Readonly<Record<string, unknown>>> {
  const entry = import.meta.resolve('nestjs-vonage-video-callbacks');
  return (await import(new URL(`cli/send/forge/${file}.js`, entry).href)) as Readonly<Record<string, unknown>>;
}

const FORGERIES = (await fromForge('hostile-requests'))['HOSTILE_REQUESTS'] as readonly Forgery[];
const Forger = (await fromForge('forger'))['Forger'] as MakeForger;

/** Makes forged requests of all sorts for one project. */
export class Forgeries {
  private readonly forger: Forger;
  private readonly otherSecret: string;

  /** The callback that is to be accepted before: some forgeries are made from its token. */
  readonly accepted: { readonly id: string; readonly request: SignedCallback };

  constructor(private readonly random: Random) {
    const [[apiKey, secret], [, otherSecret]] = Object.entries(SECRETS) as [[string, string], [string, string]];
    this.otherSecret = otherSecret;
    let id = '';
    const makePayload = (): object => {
      const payload = callbackFixture('archive', 'available');
      id = payload.id;
      return payload;
    };
    this.forger = new Forger({ secret, claims: { apiKey }, makePayload });
    const request = this.forger.sign();
    this.accepted = { id, request };
  }

  /** Some forgery with the name of its sort. */
  next(): { readonly name: string; readonly request: OutgoingRequest } {
    const { forger, otherSecret, accepted } = this;
    for (;;) {
      const forgery = this.random.pick(FORGERIES);
      const request = forgery.make({ forger, otherSecret, accepted: accepted.request });
      if (request !== undefined) return { name: forgery.id, request };
    }
  }
}
