import { Module } from '@nestjs/common';
import { TenantSecretProvider } from './tenant-secret.provider.js';
import { TenantTable } from './tenant.table.js';

@Module({ providers: [TenantTable, TenantSecretProvider], exports: [TenantTable, TenantSecretProvider] })
export class TenantModule {}
