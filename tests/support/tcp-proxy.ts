import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What happens to a message of a client. */
export type Fate = 'pass' | 'drop' | 'pass, and cut before the answer';

/** A line to a server that a test can cut, at the very message it wants. */
export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #toServer = new Set<Socket>();
  /** Asked for each piece of what clients send. */
  fate: (text: string) => Fate = () => 'pass';
  /** Whether nobody gets through. */
  refuses = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(host: string, port: number): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server);
    server.on('connection', (client) => proxy.#connect(client, connect({ host, port })));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The ports from which the server sees this line's connections. */
  ports(): readonly number[] {
    return [...this.#toServer].flatMap(({ localPort }) => localPort ?? []);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #connect(client: Socket, server: Socket): void {
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
    }
    this.#toServer.add(server);
    const cut = (): void => {
      this.#toServer.delete(server);
      client.destroy();
      server.destroy();
    };
    if (this.refuses) {
      cut();
      return;
    }
    let cutsBeforeAnswer = false;
    client.on('data', (data) => {
      // The message whose fate it is that nobody gets through from then on meets that fate itself.
      const isRefused = this.refuses;
      const fate = this.fate(data.toString('latin1'));
      if (fate === 'drop' || isRefused) {
        cut();
        return;
      }
      cutsBeforeAnswer = fate !== 'pass';
      server.write(data);
    });
    server.on('data', (data) => {
      if (cutsBeforeAnswer) cut();
      else client.write(data);
    });
    client.on('close', cut);
    server.on('close', cut);
  }
}
