import { type Random } from '../../support/random.js';
import { SECRETS } from '../server/setup.js';
import {
  callbackFixture,
  type CallbackToSign,
  signCallback,
  type SignedCallback,
} from 'nestjs-vonage-video-callbacks/testing';
import { type OutgoingRequest } from '../../harness/poster.js';

/** Requests that `video-callbacks send --forge` makes, by their ids. */
interface Fault {
  readonly requests: Readonly<Record<string, readonly [title: string, make: () => OutgoingRequest | undefined]>>;
}

/** Not exported, but built: every request that the command line sends to see whether an endpoint refuses it. */
const { hostileRequests } = (await import(
  new URL('cli/send/hostile-requests.js', import.meta.resolve('nestjs-vonage-video-callbacks')).href
)) as { readonly hostileRequests: (material: object) => readonly Fault[] };

/** Makes forged requests of all sorts for one project. */
export class Forgeries {
  /** The callback that is to be accepted before: some forgeries are made from its token. */
  readonly accepted: { readonly id: string; readonly request: SignedCallback };
  private readonly forgeries: readonly (readonly [name: string, make: () => OutgoingRequest | undefined])[];

  constructor(private readonly random: Random) {
    const [[apiKey, secret], [, otherSecret]] = Object.entries(SECRETS) as [[string, string], [string, string]];
    const sign = (deviation: Partial<CallbackToSign> = {}): SignedCallback =>
      signCallback({ body: callbackFixture('archive', 'available'), apiKey, secret, ...deviation });
    const body = callbackFixture('archive', 'available');
    this.accepted = { id: body.id, request: sign({ body }) };
    const material = { sign, accepted: this.accepted.request, secret, otherSecret };
    this.forgeries = hostileRequests(material).flatMap(({ requests }) =>
      Object.entries(requests).map(([name, [, make]]) => [name, make] as const),
    );
  }

  /** Some forgery with the name of its sort. */
  next(): { readonly name: string; readonly request: OutgoingRequest } {
    for (;;) {
      const [name, make] = this.random.pick(this.forgeries);
      const request = make();
      if (request !== undefined) return { name, request };
    }
  }
}
