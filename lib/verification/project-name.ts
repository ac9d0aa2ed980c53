import { quoted } from './quoted-text.js';

/** The longest name of a project that is looked up, in characters: a UUID has 36. */
export const MAX_PROJECT_LENGTH = 128;

/** Where the secrets of a project stand in the options, with a name that is unusual quoted visibly. */
export function projectPath(projectId: string): string {
  return /^[\w-]*$/.test(projectId) ? `projects['${projectId}']` : `projects[${quoted(projectId)}]`;
}
