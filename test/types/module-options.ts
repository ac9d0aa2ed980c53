import { Injectable, Module } from '@nestjs/common';
import {
  type CallbackObserver,
  projectsFromEnvironment,
  type SecretQuery,
  SignatureSecretProvider,
  VONAGE_CALLBACK_ADDRESSES,
  VideoCallbacksModule,
  type VideoCallbacksOptions,
  type VideoCallbacksOptionsFactory,
} from '../../lib/index.js';

const { forRoot, forRootAsync } = VideoCallbacksModule;
const projects = { '12345678': 'secret' };

class Vault extends SignatureSecretProvider {
  secretsFor({ projectId, kind }: SecretQuery) {
    return Promise.resolve(projectId === '12345678' && kind === 'archive' ? ['next', 'secret'] : undefined);
  }
}

@Injectable()
class Factory implements VideoCallbacksOptionsFactory {
  createVideoCallbacksOptions() {
    return { projects };
  }
}

@Injectable()
class Settings {
  readonly secret: string = 'secret';
}

@Module({})
class SettingsModule {}

// Secrets: one, several, by kind, or looked up.
forRoot({ projects });
forRoot({ projects: { '12345678': ['next', 'secret'] } });
forRoot({ projects: { '12345678': { archive: 'secret', session: ['next', 'secret'] as const } } });
forRoot({ secretProvider: new Vault() });
forRoot({ secretProvider: Vault });
forRoot({ secretProvider: Vault, secretTtl: 60, secretTimeout: 5, secretCacheSize: 1000, staleIfError: 0 });

// Everything at once.
forRoot({
  projects,
  maxAge: 3600,
  clockTolerance: 5,
  userAgent: /^Vonage/,
  allowedAddresses: VONAGE_CALLBACK_ADDRESSES,
  requireClientCertificate: true,
  verifyPayload: false,
  unsigned: 'retry',
  bodyLimit: 1024,
  bodyTimeout: 1,
  observer: { rejected: ({ reason }) => reason satisfies string },
  isGlobal: false,
  extraProviders: [Settings],
});
forRoot({ projects, userAgent: false, allowedAddresses: false });
forRoot({
  projects,
  requireClientCertificate: {
    fingerprints: ['ab'.repeat(32)],
    subject: { CN: 'a', OU: ['b', 'c'] },
    issuer: { O: 'd' },
    proxy: { from: ['10.0.0.7'], format: 'nginx' },
  },
});
({ accepted: () => undefined }) satisfies CallbackObserver;

// Asynchronously, by each of Nest's ways.
forRootAsync({ useFactory: () => ({ projects }) });
forRootAsync({ useFactory: () => Promise.resolve({ projects }) });
forRootAsync({
  imports: [SettingsModule],
  inject: [Settings],
  useFactory: ({ secret }: Settings): VideoCallbacksOptions => ({ projects: { '12345678': secret } }),
  isGlobal: false,
  extraProviders: [Vault],
});
forRootAsync({ useClass: Factory });
forRootAsync({ useExisting: Factory });

const named = { name: 'streamCreated', secret: 'secret' };
forRoot({ projects: { '12345678': named } });
forRoot({ projects: { '12345678': [named, 'secret'], other: { session: [named, named, 'old'], archive: named } } });
forRoot({ projects: projectsFromEnvironment(process.env) });
({ secretsFor: () => [named, 'secret'] }) satisfies SignatureSecretProvider;

// @ts-expect-error -- a secret without a name is a string
forRoot({ projects: { '12345678': { session: [{ secret: 'secret' }] } } });

// @ts-expect-error -- a name without a secret
forRoot({ projects: { '12345678': { name: 'streamCreated' } } });

// @ts-expect-error -- no options
forRoot();

// @ts-expect-error -- no such option
forRoot({ projects, secret: 'secret' });

// @ts-expect-error -- no such kind
forRoot({ projects: { '12345678': { transcription: 'secret' } } });

// @ts-expect-error -- a secret that may be missing
forRoot({ projects: { '12345678': process.env['SECRET'] } });

// @ts-expect-error -- secrets are text
forRoot({ projects: { '12345678': Buffer.from('secret') } });

// @ts-expect-error -- a list needs its project
forRoot({ projects: ['secret'] });

// @ts-expect-error -- seconds, not a string
forRoot({ projects, maxAge: '25h' });

// @ts-expect-error -- a list or false
forRoot({ projects, allowedAddresses: '216.147.0.0/18' });

// @ts-expect-error -- a text, an expression or false
forRoot({ projects, userAgent: true });

// @ts-expect-error -- 'reject' or 'retry'
forRoot({ projects, unsigned: 'handle' });

// @ts-expect-error -- nothing that looks secrets up
forRoot({ secretProvider: new Settings() });

// @ts-expect-error -- nothing that looks secrets up
forRoot({ secretProvider: Settings });

// @ts-expect-error -- not what the factory is to return
forRootAsync({ useFactory: () => ({ projects: 'secret' }) });

// @ts-expect-error -- does not make options
forRootAsync({ useClass: Settings });

// @ts-expect-error -- an observer's methods are functions
({ accepted: true }) satisfies CallbackObserver;

// @ts-expect-error -- no such attribute
forRoot({ projects, requireClientCertificate: { subject: { commonName: 'a' } } });

// @ts-expect-error -- no such format
forRoot({ projects, requireClientCertificate: { proxy: { from: ['10.0.0.7'], format: 'haproxy' } } });
