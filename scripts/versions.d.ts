/** The versions of Node that are promised; the first is the lowest. */
export const NODES: { readonly 'node-20': string };
