import { type Surroundings, UsageError } from '../surroundings.js';
import { type SendOptions } from './sending.js';

/** Whose callbacks are sent: the claims that name the project, and how fixtures name it. */
export type Project = ReturnType<typeof projectOf>;

/**
 * Reads the options, and the environment for what they leave out.
 *
 * @throws {UsageError} if no project is named, or the environment does not fit it
 */
export function projectOf(options: SendOptions, { env }: Pick<Surroundings, 'env'>) {
  const { apiKey = env['VIDEO_API_KEY'], applicationId = env['VIDEO_APPLICATION_ID'] } = options;
  if (apiKey === '') throw new UsageError('--api-key or VIDEO_API_KEY is empty');
  if (applicationId === '') throw new UsageError('--application-id or VIDEO_APPLICATION_ID is empty');
  if (apiKey === undefined && applicationId === undefined) {
    throw new UsageError('whose callback is it? Name the project with --api-key (VIDEO_API_KEY) or --application-id');
  }
  // OpenTok payloads hold the project as a number.
  const projectId = apiKey !== undefined && /^\d{1,15}$/.test(apiKey) ? apiKey : undefined;
  const isUnified = applicationId !== undefined || projectId === undefined;
  const { environment = isUnified ? 'unified' : 'openTok' } = options;
  if (environment === 'openTok' && apiKey !== projectId) {
    throw new UsageError('an OpenTok project key has digits only: leave --environment out, or use unified');
  }
  return { claims: { apiKey, applicationId }, fixture: { environment, projectId, applicationId } };
}
