/** An HTTP proxy on loopback: it forwards, opens tunnels by CONNECT, and may want credentials. */
import { createServer, request as forward, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

export interface RunningProxy extends AsyncDisposable {
  readonly url: string;
  /** What it was asked for: `CONNECT host:port`, `POST http://host:port/path`. */
  readonly asked: readonly string[];
}

/** `account`: `user:password` that it wants, else it answers 407. */
export async function startProxy(account?: string): Promise<RunningProxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const wanted = account && `Basic ${Buffer.from(account).toString('base64')}`;
  const isWelcome = ({ method, url, headers }: IncomingMessage) => {
    asked.push(`${method} ${url}`);
    return wanted === undefined || headers['proxy-authorization'] === wanted;
  };
  const server = createServer((incoming, response) => {
    if (!isWelcome(incoming)) return void response.writeHead(407).end();
    const { method, headers } = incoming;
    const { 'proxy-authorization': _, ...others } = headers;
    const outgoing = forward(incoming.url ?? '', { method, headers: others }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    incoming.pipe(outgoing);
  });
  server.on('connect', (incoming, socket: Socket, head) => {
    if (!isWelcome(incoming)) return void socket.end('HTTP/1.1 407 Credentials\r\n\r\n');
    const [host = '', port = ''] = (incoming.url ?? '').split(':');
    const other = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connected\r\n\r\n');
      other.write(head);
      socket.pipe(other).pipe(socket);
    });
    for (const one of [socket, other]) {
      sockets.add(one);
      one.on('error', () => one.destroy());
      one.on('close', () => sockets.delete(one));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${account ? `${account}@` : ''}127.0.0.1:${port}`,
    asked,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
