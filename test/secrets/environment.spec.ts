import { describe, expect, it } from '@jest/globals';
import { VIDEO_CALLBACK_KINDS } from '../../lib/callbacks/callback-kind.js';
import { projectsFromEnvironment, secretsFromEnvironment } from '../../lib/secrets/environment.js';
import { StaticKeys } from '../../lib/secrets/static-keys.js';
import { PROJECT, SECRET } from '../support/signer.js';

const OTHER = 'another-signature-secret-of-ours';
const APPLICATION = '93e36bb9-5555-45b6-a9ea-5c37dbc49906';

describe('projects from the environment', () => {
  it('have the secrets of each kind, or those of all kinds', () => {
    const env = { VIDEO_API_KEY: PROJECT, VIDEO_SIGNATURE_SECRET: SECRET, SIP_SIGNATURE_SECRET: OTHER, HOME: '/' };
    const secrets = projectsFromEnvironment(env)[PROJECT];

    expect(Object.keys(secrets ?? {})).toEqual([...VIDEO_CALLBACK_KINDS]);
    expect(secrets).toMatchObject({ archive: [SECRET], experienceComposer: [SECRET], sip: [OTHER] });
  });

  it.each(['\n', '\r\n', '\r'])('have several secrets where a variable has them on lines that end with %j', (end) => {
    const env = { VIDEO_API_KEY: PROJECT, ARCHIVE_SIGNATURE_SECRET: `${OTHER}${end}${SECRET}` };

    expect(projectsFromEnvironment(env)).toEqual({ [PROJECT]: { archive: [OTHER, SECRET] } });
  });

  it('are those of the application and of the API key, where both are named', () => {
    const env = { VIDEO_API_KEY: PROJECT, VIDEO_APPLICATION_ID: APPLICATION, CAPTIONS_SIGNATURE_SECRET: SECRET };
    const secrets = { captions: [SECRET] };

    expect(projectsFromEnvironment(env)).toEqual({ [APPLICATION]: secrets, [PROJECT]: secrets });
  });

  it('are one project like another where its name is that of a member of every object', async () => {
    const projects = projectsFromEnvironment({ VIDEO_API_KEY: '__proto__', VIDEO_SIGNATURE_SECRET: SECRET });

    expect((await StaticKeys.of(projects)).keysFor('__proto__', 'sip')).toHaveLength(1);
  });

  it.each<[env: Record<string, string | undefined>, error: object]>([
    [
      { VIDEO_SIGNATURE_SECRET: SECRET },
      {
        name: 'MissingVariableError',
        code: 'ERR_CALLBACKS_MISSING_VARIABLE',
        message:
          'no environment variable names the project: set VIDEO_APPLICATION_ID (unified environment) or VIDEO_API_KEY (OpenTok).',
      },
    ],
    [
      { VIDEO_API_KEY: '', VIDEO_SIGNATURE_SECRET: SECRET },
      { code: 'ERR_CALLBACKS_MISSING_VARIABLE', message: 'the environment variable VIDEO_API_KEY is empty.' },
    ],
    [
      { VIDEO_API_KEY: PROJECT },
      {
        code: 'ERR_CALLBACKS_MISSING_VARIABLE',
        message:
          'no environment variable holds a signature secret: set SESSION_SIGNATURE_SECRET, ARCHIVE_SIGNATURE_SECRET, ' +
          'SIP_SIGNATURE_SECRET, EXPERIENCE_COMPOSER_SIGNATURE_SECRET, BROADCAST_SIGNATURE_SECRET, ' +
          'CAPTIONS_SIGNATURE_SECRET, or VIDEO_SIGNATURE_SECRET for all kinds.',
      },
    ],
    [
      { VIDEO_API_KEY: PROJECT, VIDEO_SIGNATURE_SECRET: SECRET, SIP_SIGNATURE_SECRET: '' },
      {
        code: 'ERR_CALLBACKS_INVALID_SECRET',
        message: 'the secret in SIP_SIGNATURE_SECRET is empty: a signature secret has 1 to 50 characters',
      },
    ],
    [
      { VIDEO_API_KEY: PROJECT, SIP_SIGNATURE_SECRET: `${SECRET}\n` },
      {
        code: 'ERR_CALLBACKS_INVALID_SECRET',
        message: 'line 2 of SIP_SIGNATURE_SECRET is empty: a signature secret has 1 to 50 characters',
      },
    ],
    [
      { VIDEO_API_KEY: PROJECT, SIP_SIGNATURE_SECRET: `\uFEFF${SECRET}` },
      {
        code: 'ERR_CALLBACKS_INVALID_SECRET',
        message: 'the secret in SIP_SIGNATURE_SECRET begins with a byte order mark',
      },
    ],
    [
      { VIDEO_API_KEY: PROJECT, SIP_SIGNATURE_SECRET: SECRET + SECRET },
      {
        code: 'ERR_CALLBACKS_INVALID_SECRET',
        message:
          'the secret in SIP_SIGNATURE_SECRET has 64 characters: Vonage takes at most 50 (counted as Unicode code points)',
      },
    ],
  ])('are an error that says what is wrong, without the secret: %j', (env, error) => {
    expect(() => projectsFromEnvironment(env)).toThrow(expect.objectContaining(error));
    expect(() => projectsFromEnvironment(env)).not.toThrow(SECRET);
  });

  it('tell from which variable secrets come, without a project too', () => {
    const env = { VIDEO_SIGNATURE_SECRET: SECRET, SIP_SIGNATURE_SECRET: OTHER };

    expect(secretsFromEnvironment(env).get('sip')).toEqual({ variable: 'SIP_SIGNATURE_SECRET', secrets: [OTHER] });
    expect(secretsFromEnvironment(env).get('archive')).toEqual({
      variable: 'VIDEO_SIGNATURE_SECRET',
      secrets: [SECRET],
    });
    expect(secretsFromEnvironment({}).size).toBe(0);
  });
});
