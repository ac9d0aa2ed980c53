const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/i;

/** A short form of an id. The ids of a project's sessions have the same beginning, so for those it is the end. */
export function shortId(id) {
  if (UUID.test(id)) return id.slice(0, 8);
  return id.length <= 14 ? id : `…${id.slice(-10)}`;
}

/** `signature_mismatch`, `ON_HOLD` or `serverRotation` as words. */
export function words(code) {
  const spaced = code
    .replaceAll('_', ' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/** The name in a client's connection data, otherwise the whole data. */
export function nameIn(data, key) {
  if (data === '') return `Connection ${shortId(key)}`;
  try {
    const { name } = JSON.parse(data);
    return typeof name === 'string' && name !== '' ? name : data;
  } catch {
    return data;
  }
}

/** How many, with the word for one or for several. */
export function counted(number, one, several = `${one}s`) {
  return `${number} ${number === 1 ? one : several}`;
}

/** A length in seconds. */
export function lengthOf(seconds) {
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${Math.round(seconds)} s` : `${minutes} min ${Math.round(seconds % 60)} s`;
}

/** A size in bytes. */
export function sizeOf(bytes) {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
