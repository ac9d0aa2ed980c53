import { type Awaitable } from '../../lib/verification/signature-key.js';
import {
  type SecretQuery,
  type Secrets,
  SignatureSecretProvider,
} from '../../lib/secrets/signature-secret.provider.js';

/** A provider that counts what it is asked. */
export class AskedProvider extends SignatureSecretProvider {
  readonly queries: SecretQuery[] = [];

  constructor(private readonly answer: (query: SecretQuery) => Awaitable<Secrets | undefined>) {
    super();
  }

  override secretsFor(query: SecretQuery): Awaitable<Secrets | undefined> {
    this.queries.push(query);
    return this.answer(query);
  }

  /** How often it was asked for a project. */
  asked(projectId: string): number {
    return this.queries.filter((query) => query.projectId === projectId).length;
  }
}
