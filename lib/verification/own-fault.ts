/**
 * A fault of ours, never the sender's: configuration, a provider, the application around this module. Its message is
 * fit for a log: it holds no secret, no token and no payload.
 */
export abstract class OwnFault extends Error {}
