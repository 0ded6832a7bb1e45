/**
 * Handing one end of a channel from the main world to the isolated world of the same document.
 *
 * Owns this one moment. It happens in both worlds' first script, before any script of the page has run, so that the page
 * sees neither the event nor the port. Must never take a second port: whatever comes later is the page's.
 */

const PORT = "callseal:port";
const WANTED = "callseal:wanted";

/** In the main world. @returns this world's end; nothing comes of it where the other world is not there */
export function givePort(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  // Whoever takes it says so by cancelling the event.
  const give = (): boolean => !document.dispatchEvent(new MessageEvent(PORT, { cancelable: true, ports: [port2] }));
  if (!give()) document.addEventListener(WANTED, () => void give(), { once: true });
  return port1;
}

/** In the isolated world. @param take called once */
export function takePort(take: (port: MessagePort) => void): void {
  const taken = (event: Event): void => {
    const [port] = event instanceof MessageEvent ? event.ports : [];
    if (port === undefined) return;
    document.removeEventListener(PORT, taken, true);
    event.stopImmediatePropagation();
    event.preventDefault();
    take(port);
  };
  document.addEventListener(PORT, taken, true);
  document.dispatchEvent(new Event(WANTED));
}
