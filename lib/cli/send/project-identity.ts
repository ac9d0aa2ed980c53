import { type FixtureEnvironment, type FixtureOptions } from '../../testing/index.js';
import { printable } from '../output.js';
import { type Surroundings } from '../surroundings.js';
import { UsageError } from '../exit-code.js';

/** The options that say whose callbacks are sent. */
export interface ProjectOptions {
  readonly apiKey?: string;
  readonly applicationId?: string;
  readonly environment?: string;
}

/** Whose callbacks are sent. */
export interface ProjectIdentity {
  /** The claims that name the project. */
  readonly claims: { readonly apiKey?: string; readonly applicationId?: string };
  /** How fixtures name it. */
  readonly fixture: Pick<FixtureOptions, 'environment' | 'projectId' | 'applicationId'>;
}

/**
 * Reads the options, and the environment for what they leave out.
 *
 * @throws {UsageError} if no project is named, or the environment does not fit it
 */
export function projectIdentity(options: ProjectOptions, { env }: Surroundings): ProjectIdentity {
  const apiKey = nonEmpty(options.apiKey ?? env['VIDEO_API_KEY'], '--api-key or VIDEO_API_KEY');
  const applicationId = nonEmpty(
    options.applicationId ?? env['VIDEO_APPLICATION_ID'],
    '--application-id or VIDEO_APPLICATION_ID',
  );
  if (apiKey === undefined && applicationId === undefined) {
    throw new UsageError('whose callback is it? Name the project with --api-key (VIDEO_API_KEY) or --application-id');
  }
  // OpenTok payloads hold the project as a number.
  const isProjectKey = apiKey !== undefined && /^\d{1,15}$/.test(apiKey);
  const environment = environmentNamed(options.environment) ?? (applicationId || !isProjectKey ? 'unified' : 'openTok');
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
