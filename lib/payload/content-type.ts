import { type IncomingHttpHeaders } from 'node:http';

/** Whether the body is declared as JSON; parameters such as `charset` are tolerated. */
export function isJson({ 'content-type': contentType }: IncomingHttpHeaders): boolean {
  return contentType !== undefined && /^\s*application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType);
}

/** Whether the body is declared as compressed (or otherwise encoded). */
export function isEncoded({ 'content-encoding': encoding }: IncomingHttpHeaders): boolean {
  return encoding !== undefined && encoding.trim() !== '' && encoding.trim().toLowerCase() !== 'identity';
}
