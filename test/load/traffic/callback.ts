import { randomUUID } from 'node:crypto';
import { callbackFixture } from 'nestjs-vonage-video-callbacks/testing';
import { signed, type SignedRequest, type SigningOptions } from '../../support/signer.js';
import { type Random } from '../../support/random.js';
import { FAILS_FIRST, SECRETS } from '../server/setup.js';

/** A callback that is ready to be sent. */
export interface Callback {
  readonly id: string;
  readonly failsFirst: boolean;
  readonly request: SignedRequest;
}

/** How many handlers throw at first. */
const FAILING = 0.05;
const PROJECTS = Object.entries(SECRETS);

/** Signs callbacks of several projects, of which each has an archive and a token of its own. */
export class CallbackSource {
  constructor(private readonly random: Random) {}

  /** @param filler how many bytes the body has beyond its own */
  genuine(filler = 0): Callback {
    return this.sign({}, filler);
  }

  /** Of the form of a genuine one, but signed with a secret of nobody. */
  forged(filler = 0): Callback {
    return this.sign({ secret: `forged-${randomUUID()}` }, filler);
  }

  /** Of a project that nobody has asked for before. */
  ofUnknownProject(): Callback {
    return this.sign({ secret: 'whatever', claims: { api_key: randomUUID() } }, 0);
  }

  /** Signed rightly, but with other bytes than JSON's. */
  genuineBytes(encode: (payload: Buffer) => Buffer, headers: Readonly<Record<string, string>>): Callback {
    const [project, secret] = this.random.pick(PROJECTS);
    const { id, payload } = this.payload(false, 0);
    const bytes = encode(Buffer.from(JSON.stringify(payload)));
    return { id, failsFirst: false, request: signed(bytes, { secret, claims: projectClaims(project), headers }) };
  }

  private sign(options: SigningOptions, filler: number): Callback {
    const [project, secret] = this.random.pick(PROJECTS);
    const failsFirst = this.random.chance(FAILING);
    const { id, payload } = this.payload(failsFirst, filler);
    // The observer gets the id of the token, the handler that of the archive.
    const claims = { ...projectClaims(project), jti: id, ...options.claims };
    return { id, failsFirst, request: signed(payload, { secret, ...options, claims }) };
  }

  private payload(failsFirst: boolean, filler: number) {
    const payload = {
      ...callbackFixture('archive', 'available'),
      id: randomUUID(),
      ...(failsFirst ? { name: FAILS_FIRST } : {}),
      ...(filler > 0 ? { filler: 'x'.repeat(filler) } : {}),
      // Without its moment a callback is known by the id of its token, with it by its bytes.
      ...(this.random.chance(0.5) ? { updatedAt: undefined } : {}),
    };
    return { id: payload.id, payload };
  }
}

function projectClaims(project: string): Record<string, string | undefined> {
  return project.includes('-') ? { api_key: undefined, application_id: project } : { api_key: project };
}
