/**
 * 26 h in seconds: how long a handled callback is remembered by default. With the default `maxAge` a token is valid for
 * 25 h and the tolerance of the clocks on either side, so that no replay finds a gap.
 */
export const DEFAULT_RETENTION = 93_600;
