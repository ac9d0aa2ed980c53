import { CallbackRejection, CallbackVerifier, importSignatureKeys } from '../../lib/index.js';
import { PROJECT, SECRET } from '../support/signer.js';

const keys = await importSignatureKeys([SECRET]);

/** A verifier that knows one project, under its number and as an application. */
export const APPLICATION = '93e36bb9-5555-45b6-a9ea-5c37dbc49906';
export const verifier = new CallbackVerifier({
  keys: { keysFor: (projectId) => ([PROJECT, APPLICATION].includes(projectId) ? keys : undefined) },
});

/** The reason of a refusal, or `undefined` if there is none; any other error is thrown on. */
export async function refusalOf(attempt: () => unknown): Promise<CallbackRejection['reason'] | undefined> {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    if (error instanceof CallbackRejection) return error.reason;
    throw error;
  }
}
