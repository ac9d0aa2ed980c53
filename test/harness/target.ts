export const PLATFORMS = ['express', 'fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** Where the applications take archive callbacks. */
export const PATH = '/video/archives';
