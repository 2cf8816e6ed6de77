/** One connection to the gateway, by whatever gets through: a WebSocket, or Server-Sent Events with a POST for each question. */

import { BROKEN, type Transport } from './retry.ts';

/** What a line tells. `ended` comes once, and nothing after it. */
export interface LineEvents {
  readonly heard: (text: string) => void;
  readonly ended: (code: number, reason: string) => void;
}

/** An open line, or one that is being opened. */
export interface Line {
  /** Sends a question. Nothing happens when the line has ended. */
  ask(text: string): void;
  /** The name that the gateway gave this page; over Server-Sent Events questions need it. */
  session: string;
  close(): void;
}

/** Those that this browser has. */
export function transportsHere(): readonly Transport[] {
  const here: Transport[] = [];
  if (typeof WebSocket === 'function') here.push('websocket');
  if (typeof EventSource === 'function') here.push('events');
  return here;
}

/** Begins to open a line. */
export function openLine(transport: Transport, events: LineEvents): Line {
  const once = onlyOnce(events);
  return transport === 'websocket' ? overWebSocket(once) : overEvents(once);
}

function overWebSocket({ heard, ended }: LineEvents): Line {
  const address = new URL('live', location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(address);
  socket.onmessage = ({ data }) => heard(String(data));
  socket.onclose = ({ code, reason }) => ended(code, reason);
  return {
    session: '',
    ask(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close() {
      ended(BROKEN, '');
      socket.close();
    },
  };
}

function overEvents({ heard, ended }: LineEvents): Line {
  const source = new EventSource('live/events');
  const close = (code: number, reason: string) => {
    source.close();
    ended(code, reason);
  };
  source.onmessage = ({ data }) => heard(String(data));
  source.addEventListener('end', ({ data }) => {
    const { code, reason } = JSON.parse(String(data)) as { code: number; reason: string };
    close(code, reason);
  });
  source.onerror = () => close(BROKEN, ''); // when to try again is decided elsewhere
  const line: Line = {
    session: '',
    ask(text) {
      const headers = { 'content-type': 'application/json', 'x-session': line.session };
      fetch('live/ask', { method: 'POST', headers, body: text }).then(
        ({ ok }) => {
          if (!ok) close(BROKEN, '');
        },
        () => close(BROKEN, ''),
      );
    },
    close: () => close(BROKEN, ''),
  };
  return line;
}

function onlyOnce(events: LineEvents): LineEvents {
  let over = false;
  return {
    heard(text) {
      if (!over) events.heard(text);
    },
    ended(code, reason) {
      if (over) return;
      over = true;
      events.ended(code, reason);
    },
  };
}
