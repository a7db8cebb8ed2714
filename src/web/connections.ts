/**
 * The connections of the server. When there are too many, the one that has been waiting longest
 * without a request makes room: silent clients can't keep others out.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface ConnectionLimits {
  /** All connections. */
  readonly connections: number;
  /** Those of one address. */
  readonly connectionsPerSource: number;
}

export interface Connections {
  /** A request has begun: its connection stays until the answer is out. */
  serving(request: IncomingMessage, response: ServerResponse): void;
  closeAll(): void;
  readonly open: number;
}

interface Connection {
  readonly socket: Socket;
  readonly source: string;
  requests: number;
}

export function watchConnections(server: Server, limits: ConnectionLimits): Connections {
  /** The oldest first. */
  const connections = new Map<Key, Connection>();
  const perSource = new Map<string, number>();

  function forget(key: Key, connection: Connection): void {
    if (connections.get(key) !== connection) return;
    connections.delete(key);
    const left = (perSource.get(connection.source) ?? 1) - 1;
    if (left > 0) perSource.set(connection.source, left);
    else perSource.delete(connection.source);
  }

  /** Ends the oldest connection without a request; false if there is none. */
  function makeRoom(source: string | undefined): boolean {
    for (const [key, connection] of connections) {
      if (connection.requests > 0) continue;
      if (source !== undefined && connection.source !== source) continue;
      forget(key, connection);
      connection.socket.destroy();
      return true;
    }
    return false;
  }

  server.on('connection', (socket: Socket) => {
    const source = socket.remoteAddress ?? '';
    const sourceIsFull = (perSource.get(source) ?? 0) >= limits.connectionsPerSource;
    const isFull = connections.size >= limits.connections;
    if ((sourceIsFull || isFull) && !makeRoom(sourceIsFull ? source : undefined)) {
      socket.destroy();
      return;
    }
    const key = keyOf(socket);
    const connection: Connection = { socket, source, requests: 0 };
    connections.set(key, connection);
    perSource.set(source, (perSource.get(source) ?? 0) + 1);
    socket.on('close', () => forget(key, connection));
  });

  return {
    serving(request, response) {
      const key = keyOf(request.socket);
      const connection = connections.get(key);
      if (!connection) return;
      connection.requests += 1;
      response.on('close', () => {
        connection.requests -= 1;
        if (connection.requests > 0 || connections.get(key) !== connection) return;
        // Now it is the one that waits for the shortest time.
        connections.delete(key);
        connections.set(key, connection);
      });
    },
    closeAll() {
      for (const { socket } of connections.values()) socket.destroy();
    },
    get open() {
      return connections.size;
    },
  };
}

/** TLS wraps the socket, so the object is another one: the address and port stay the same. */
type Key = string | Socket;

/** A Unix socket's clients have no address; those over TLS may have to make room in a request. */
function keyOf(socket: Socket): Key {
  const { remoteAddress, remotePort } = socket;
  return remoteAddress === undefined ? socket : `${remoteAddress} ${remotePort}`;
}
