import { Injectable } from '@nestjs/common';
import { type VideoCallbackKind } from 'nestjs-vonage-video-callbacks';

/** The signature secrets of one tenant, by kind of callback; the newest first. */
export type TenantSecrets = ReadonlyMap<VideoCallbackKind, readonly string[]>;

/** In place of the database or vault in which a service with many customers keeps their secrets. */
@Injectable()
export class TenantTable {
  private readonly tenants = new Map<string, TenantSecrets>();
  /** How often the table was read, to show that the module remembers the answers. */
  lookups = 0;

  /** @param projectId an OpenTok project key, or the id of a Vonage application */
  save(projectId: string, secrets: TenantSecrets): void {
    this.tenants.set(projectId, secrets);
  }

  async find(projectId: string): Promise<TenantSecrets | undefined> {
    this.lookups += 1;
    return Promise.resolve(this.tenants.get(projectId));
  }
}
