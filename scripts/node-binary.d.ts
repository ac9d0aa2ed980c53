/** The path of a Node of a given version, which is fetched from the registry once; `undefined` if there is none. */
export function nodeBinary(version: string): string | undefined;
