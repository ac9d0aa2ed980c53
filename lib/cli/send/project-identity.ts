import { type FixtureEnvironment, type FixtureOptions } from '../../testing/index.js';
import { type CommandOptions } from '../command.js';
import { type GivenArguments } from '../given-arguments.js';
import { printable } from '../printable.js';
import { type Surroundings } from '../surroundings.js';
import { UsageError } from '../usage-error.js';

/** The options that say whose callbacks are sent. */
export const PROJECT_OPTIONS = {
  'api-key': {
    value: 'key',
    about: 'the api_key of the token: OpenTok project or Vonage account; default VIDEO_API_KEY',
  },
  'application-id': { value: 'uuid', about: 'the application_id of the token; default VIDEO_APPLICATION_ID' },
  environment: {
    value: 'name',
    about: 'whose payloads are made: openTok or unified; default unified with an application or an account key',
  },
} satisfies CommandOptions;

/** Whose callbacks are sent. */
export interface ProjectIdentity {
  /** The claims that name the project. */
  readonly claims: { readonly apiKey?: string; readonly applicationId?: string };
  /** How fixtures name it. */
  readonly fixture: Pick<FixtureOptions, 'environment' | 'projectId' | 'applicationId'>;
}

/**
 * Reads {@link PROJECT_OPTIONS}.
 *
 * @throws {UsageError} if no project is named, or the environment does not fit it
 */
export function projectIdentity(given: GivenArguments, { env }: Surroundings): ProjectIdentity {
  const apiKey = nonEmpty(given.text('api-key') ?? env['VIDEO_API_KEY'], '--api-key or VIDEO_API_KEY');
  const applicationId = nonEmpty(
    given.text('application-id') ?? env['VIDEO_APPLICATION_ID'],
    '--application-id or VIDEO_APPLICATION_ID',
  );
  if (apiKey === undefined && applicationId === undefined) {
    throw new UsageError('whose callback is it? Name the project with --api-key (VIDEO_API_KEY) or --application-id');
  }
  // OpenTok payloads hold the project as a number.
  const isProjectKey = apiKey !== undefined && /^\d{1,15}$/.test(apiKey);
  const environment =
    environmentNamed(given.text('environment')) ?? (applicationId || !isProjectKey ? 'unified' : 'openTok');
  if (environment === 'openTok' && apiKey !== undefined && !isProjectKey) {
    throw new UsageError('an OpenTok project key has digits only: leave --environment out, or use unified');
  }
  return {
    claims: { ...(apiKey === undefined ? {} : { apiKey }), ...(applicationId === undefined ? {} : { applicationId }) },
    fixture: {
      environment,
      ...(isProjectKey ? { projectId: apiKey } : {}),
      ...(applicationId === undefined ? {} : { applicationId }),
    },
  };
}

function nonEmpty(text: string | undefined, name: string): string | undefined {
  if (text === '') throw new UsageError(`${name} is empty`);
  return text;
}

function environmentNamed(name: string | undefined): FixtureEnvironment | undefined {
  if (name === undefined) return undefined;
  if (name === 'openTok' || name === 'unified') return name;
  throw new UsageError(`there is no environment "${printable(name, 40)}": known are openTok, unified`);
}
