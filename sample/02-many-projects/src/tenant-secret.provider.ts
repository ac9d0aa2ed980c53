import { Injectable } from '@nestjs/common';
import { type SecretQuery, type Secrets, SignatureSecretProvider } from 'nestjs-vonage-video-callbacks';
import { TenantTable } from './tenant.table.js';

/** Finds a tenant's secrets. It needs no cache: the module keeps the answers for `secretTtl` seconds. */
@Injectable()
export class TenantSecretProvider extends SignatureSecretProvider {
  constructor(private readonly tenants: TenantTable) {
    super();
  }

  override async secretsFor({ projectId, kind }: SecretQuery): Promise<Secrets | undefined> {
    const tenant = await this.tenants.find(projectId);
    if (tenant === undefined) return undefined;
    const secrets = tenant.get(kind);
    // Not the sender's fault: an error answers 503 and is logged, `undefined` would answer 401.
    if (secrets === undefined) throw new Error(`tenant ${projectId} has no signature secret for ${kind} callbacks`);
    return secrets;
  }
}
