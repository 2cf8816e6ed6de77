/** The page's one WebSocket: says which part of the city is in view, hears what happens there. */
import type { Figures } from './figures.ts';

/** Driver id, latitude, longitude, heading in degrees, metres a second, status, time taken. */
export type DriverRow = readonly [string, number, number, number, number, string, number];

/** What the server says. */
export type ServerMessage =
  | { readonly kind: 'snapshot'; readonly drivers: readonly DriverRow[] }
  | { readonly kind: 'moved'; readonly drivers: readonly DriverRow[] }
  | { readonly kind: 'flagged'; readonly driverIds: readonly string[] }
  | { readonly kind: 'surge'; readonly cells: readonly (readonly [string, number])[] }
  | { readonly kind: 'figures'; readonly figures: Figures };

/** A rectangle of the city, in metres. */
export interface View {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/** An open connection. */
export interface Connection {
  show(view: View): void;
}

const RETRY_MS = 1500;

/** Connects, and connects again whenever the connection ends. */
export function connectLive(
  onMessage: (message: ServerMessage) => void,
  onState: (connected: boolean) => void,
): Connection {
  let socket: WebSocket | undefined;
  let shown: View | undefined;
  const show = () => {
    if (shown && socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(shown));
  };
  const open = () => {
    const address = new URL('live', location.href);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    socket = new WebSocket(address);
    socket.onopen = () => {
      onState(true);
      show();
    };
    socket.onmessage = ({ data }) => onMessage(JSON.parse(data) as ServerMessage);
    socket.onclose = () => {
      onState(false);
      setTimeout(open, RETRY_MS);
    };
  };
  open();
  return {
    show(view) {
      shown = view;
      show();
    },
  };
}
