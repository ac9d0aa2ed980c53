import { printable } from '../output.js';
import { type Surroundings } from '../surroundings.js';
import { type Check } from './check.js';
import { type VerifyOptions } from './verify.command.js';

/** Checks which project the token names, and that it is the user's if that is known. */
export function projectCheck(
  claims: Readonly<Record<string, unknown>>,
  { applicationId, apiKey }: VerifyOptions,
  { env }: Surroundings,
): Check {
  const named = (['application_id', 'api_key'] as const).flatMap((claim) => {
    const value = claims[claim];
    return (typeof value === 'string' && value !== '') || typeof value === 'number'
      ? [{ claim, project: String(value) }]
      : [];
  });
  const expected = [applicationId ?? env['VIDEO_APPLICATION_ID'], apiKey ?? env['VIDEO_API_KEY']].filter(
    (project) => project !== undefined,
  );
  const detail = named.map(({ claim, project }) => `${claim} ${printable(project, 60)}`).join(', ');
  const check = { id: 'project', title: 'project' };
  if (named.length === 0)
    return { ...check, outcome: 'failed', detail: 'the token names none (application_id, api_key)' };
  if (expected.length === 0 || named.some(({ project }) => expected.includes(project))) {
    return { ...check, outcome: 'passed', detail };
  }
  return { ...check, outcome: 'failed', detail: `${detail}: not yours, which is ${printable(expected.join(', '))}` };
}
