import { type OwnedCallback } from './owned.callback.js';

/**
 * The owner of a callback as text: the application, else the project, else the project under its older name
 * (`partnerId`). `undefined` if the callback names none.
 */
export function callbackOwner({ applicationId, projectId, partnerId }: Readonly<OwnedCallback>): string | undefined {
  return [applicationId, projectId, partnerId].map((owner) => String(owner ?? '')).find((owner) => owner !== '');
}
