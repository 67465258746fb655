// A TCP line between two nodes that can be cut, healed, or made to break now and then.
import { connect, createServer } from 'node:net';

export class Proxy {
  static async open(port) {
    const proxy = new Proxy();
    Object.assign(proxy, { target: port, sockets: new Set(), isCut: false, breakAfter: Infinity });
    proxy.server = createServer((socket) => proxy.join(socket));
    await new Promise((done) => { proxy.server.listen(0, '127.0.0.1', done); });
    proxy.url = `http://127.0.0.1:${proxy.server.address().port}`;
    return proxy;
  }

  join(socket) {
    if (this.isCut) {
      socket.destroy();
      return;
    }
    const far = connect(this.target, '127.0.0.1');
    let bytes = 0;
    for (const [one, other] of [[socket, far], [far, socket]]) {
      this.sockets.add(one);
      one.on('data', (data) => {
        bytes += data.length;
        if (bytes > this.breakAfter) {
          socket.destroy();
          far.destroy();
        } else {
          other.write(data);
        }
      });
      one.on('error', () => other.destroy());
      one.on('close', () => { this.sockets.delete(one); other.destroy(); });
    }
  }

  cut() {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy();
  }

  heal() { this.isCut = false; }

  close() {
    this.cut();
    this.server.close();
  }
}
