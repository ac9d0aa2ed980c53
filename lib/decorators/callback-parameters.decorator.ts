import { untouchedParameter } from './untouched-parameter.js';

const injectClaims = untouchedParameter(({ token }) => token.claims);
const injectProject = untouchedParameter(({ token }) => token.projectId);
const injectPayload = untouchedParameter(({ content }) => content.payload);
const injectAttempt = untouchedParameter(({ attempt }) => attempt);

/**
 * Injects the verified claims of the callback's token (`CallbackTokenClaims`) into a method that `@VideoCallback`
 * secures; on any other method every request fails with `500` and a log line that says so.
 */
export const CallbackClaims = (): ParameterDecorator => injectClaims;

/**
 * Injects the project whose signature secret the callback was signed with (a text): what a service with many tenants
 * goes by. A claim that names another project is only what that project's owner says: see `CallbackTokenClaims`.
 * For a method that `@VideoCallback` secures; on any other method every request fails with `500` and a log line that
 * says so.
 */
export const CallbackProject = (): ParameterDecorator => injectProject;

/**
 * Injects the whole JSON object of the callback, with every field, whether this version knows it or not, but without
 * `__proto__` members. Type the parameter as `Record<string, unknown>`. For a method that `@VideoCallback` secures; on
 * any other method every request fails with `500` and a log line that says so.
 */
export const RawCallback = (): ParameterDecorator => injectPayload;

/**
 * Injects which attempt at handling the callback this is (a `CallbackAttempt`): attempt 1 of 1 unless an inbox
 * delivers it. For a method that `@VideoCallback` secures; on any other method every request fails with `500` and a log
 * line that says so.
 */
export const DeliveryAttempt = (): ParameterDecorator => injectAttempt;
