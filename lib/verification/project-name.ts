/** The longest name of a project that is looked up, in characters: a UUID has 36. */
export const MAX_PROJECT_LENGTH = 128;
