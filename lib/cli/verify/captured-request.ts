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
    const values = headers.get(key);
    if (values === undefined) headers.set(key, [value]);
    else values.push(value);
  }
  // Own properties, whatever a header is called.
  return Object.fromEntries(headers);
}

/** The name and value of a header line; `undefined` if it is none. */
export function headerField(line: string): readonly [name: string, value: string] | undefined {
  const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)$/.exec(line) ?? [];
  return name === undefined || value === undefined ? undefined : [name, withoutBlanks(value)];
}

/** Only spaces and tabs count as white space around the value of a header (RFC 9110, section 5.5). */
function withoutBlanks(value: string): string {
  const isBlank = (character: string | undefined): boolean => character === ' ' || character === '\t';
  // No regular expression: one that looks for the end tries every blank in between, and those behind it again.
  let end = value.length;
  while (isBlank(value[end - 1])) end -= 1;
  let start = 0;
  while (start < end && isBlank(value[start])) start += 1;
  return value.slice(start, end);
}
