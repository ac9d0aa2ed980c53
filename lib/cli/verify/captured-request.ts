/** A request as it was captured. */
export interface CapturedRequest {
  readonly method: string;
  /** Every value of each header, names in lower case. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** The exact bytes; `undefined` if the capture does not hold them. */
  readonly body: Buffer | undefined;
  /** When it was captured, if the capture says so. */
  readonly capturedAt: Date | undefined;
  /** What the capture leaves to be desired. */
  readonly remarks: readonly string[];
}

/** Header lines as a record. */
export function headersOf(fields: readonly (readonly [name: string, value: string])[]): CapturedRequest['headers'] {
  const headers = new Map<string, string[]>();
  for (const [name, value] of fields) {
    const key = name.toLowerCase();
    headers.set(key, [...(headers.get(key) ?? []), value]);
  }
  // Own properties, whatever a header is called.
  return Object.fromEntries(headers);
}

/** The name and value of a header line; `undefined` if it is none. */
export function headerField(line: string): readonly [name: string, value: string] | undefined {
  const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
  return name === undefined || value === undefined ? undefined : [name, value];
}
