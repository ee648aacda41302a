import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessGuard } from './access.guard.js';
import { AUTH_OPTIONS, type AuthOptions } from './auth-options.js';
import { AuthController } from './auth.controller.js';
import { Authentication } from './authentication.js';
import { Challenges } from './challenges.js';
import { ApiKeysController } from './keys/api-keys.controller.js';
import { ApiKeysRepository } from './keys/api-keys.repository.js';
import { ApiKeysService } from './keys/api-keys.service.js';
import { BootstrapKey } from './keys/bootstrap-key.js';
import { KeyUses } from './keys/key-uses.js';
import { KnownApiKeys } from './keys/known-api-keys.js';
import { EntraTokens } from './entra/entra-tokens.js';
import { Revocations } from './revocations/revocations.js';
import { RevocationsRepository } from './revocations/revocations.repository.js';
import { RevokingService } from './revocations/revoking.service.js';
import { Refusals } from './refusals.js';
import { ResourceMetadataController } from './resource-metadata.controller.js';

@Module({})
export class AuthModule {
  static forRoot(options: AuthOptions): DynamicModule {
    return {
      module: AuthModule,
      controllers: [AuthController, ApiKeysController, ResourceMetadataController],
      providers: [
        { provide: AUTH_OPTIONS, useValue: options },
        { provide: APP_GUARD, useClass: AccessGuard },
        Authentication,
        Challenges,
        Refusals,
        ApiKeysRepository,
        ApiKeysService,
        KnownApiKeys,
        KeyUses,
        BootstrapKey,
        EntraTokens,
        Revocations,
        RevocationsRepository,
        RevokingService,
      ],
    };
  }
}
