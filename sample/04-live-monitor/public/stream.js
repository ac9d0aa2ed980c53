/** Two beats of the server and some margin: after a longer silence the connection counts as broken. */
const SILENCE = 25_000;
/** After so long without the server, the page says that it cannot be reached. */
const PATIENCE = 8_000;
/** A browser gives up when the answer is not a stream; this page does not. */
const RETRY_AFTER = 3_000;

/**
 * Listens to the server, for as long as the page is open.
 *
 * @param {string} address
 * @param {{ snapshot(content: object): void, change(content: object): void, state(name: string): void }} listener
 *   gets `connecting`, `live`, `reconnecting` or `offline` as the state
 * @returns {() => void} tries again at once
 */
export function listenTo(address, listener) {
  let source;
  let state = 'connecting';
  let silence;
  let patience;
  let retry;

  const tell = (next) => {
    if (next === state) return;
    state = next;
    listener.state(state);
  };

  const heard = () => {
    clearTimeout(silence);
    clearTimeout(patience);
    patience = undefined;
    silence = setTimeout(lost, SILENCE);
    tell('live');
  };

  const broken = () => {
    clearTimeout(silence);
    if (state === 'live') tell('reconnecting');
    patience ??= setTimeout(() => tell('offline'), PATIENCE);
    if (source.readyState === EventSource.CLOSED) {
      clearTimeout(retry);
      retry = setTimeout(connect, RETRY_AFTER);
    }
  };

  const lost = () => {
    source.close();
    broken();
  };

  const connect = () => {
    clearTimeout(retry);
    source?.close();
    source = new EventSource(address);
    source.addEventListener('error', broken);
    source.addEventListener('beat', heard);
    source.addEventListener('snapshot', ({ data }) => {
      listener.snapshot(JSON.parse(data));
      heard();
    });
    source.addEventListener('change', ({ data }) => {
      listener.change(JSON.parse(data));
      heard();
    });
  };

  connect();
  addEventListener('online', connect);
  return connect;
}
