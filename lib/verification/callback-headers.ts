/**
 * The headers of a request: those of Node's `IncomingMessage` (lower-case names), a plain record with lower-case
 * names, or the Fetch API's `Headers`. A list where one value belongs is how a repeated header is passed on.
 */
export type CallbackHeaders = Readonly<Record<string, string | readonly string[] | undefined>> | Headers;

/** The values of one header; `name` in lower case. */
export function headerValues(headers: CallbackHeaders, name: string): readonly string[] {
  if (isFetchHeaders(headers)) {
    const value = headers.get(name);
    return value === null ? [] : [value];
  }
  // A record may come from parsed input, so that inherited members must not pass for headers.
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

/** By shape rather than by class: there are several implementations of the Fetch API. */
function isFetchHeaders(headers: CallbackHeaders): headers is Headers {
  return typeof headers.get === 'function';
}
