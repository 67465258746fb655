// A mail server for the tests: takes mail, or refuses it as told.
import { createServer } from 'node:net';
import { TLSSocket } from 'node:tls';

// Header fields by lower-case name, unfolded; words decoded; the body decoded.
export function parseMail(raw) {
  const [head, ...rest] = raw.split('\r\n\r\n');
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const decode = (text) => text.replace(/\?= =\?/g, '?==?')
    .replace(/=\?UTF-8\?B\?([A-Za-z0-9+/=]*)\?=/g, (_, word) => Buffer.from(word, 'base64').toString('latin1'));
  const fields = lines.map((line) => /^([A-Za-z-]+): (.*)$/.exec(line));
  const header = {};
  for (const [, name, value] of fields)
    header[name.toLowerCase()] = /=\?/.test(value) ? Buffer.from(decode(value), 'latin1').toString('utf8') : value;
  return { header, names: fields.map(([, name]) => name), raw,
    body: Buffer.from(rest.join('\r\n\r\n'), 'base64').toString('utf8') };
}

export class SmtpServer {
  // `answer` gives a reply line instead of the usual one: by verb, "DATA.", or "hello"; 'die' cuts the line, 'hang'
  // says nothing.
  // `tls`: {key, cert} for STARTTLS; `auth`: the one "AUTH PLAIN" word that is taken.
  constructor({ extensions = [], tls, auth } = {}) {
    Object.assign(this, { extensions, tls, auth, mails: [], talks: [], answer: {} });
  }

  listen(port = 0) {
    this.sockets = new Set();
    this.server = createServer((socket) => this.talk(socket));
    return new Promise((done) => {
      this.server.listen(port, '127.0.0.1', () => {
        this.port = this.server.address().port;
        done(this);
      });
    });
  }

  stop() {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((done) => { this.server.close(done); });
  }

  talk(socket, secure = false) {
    const said = { verbs: [], from: null, to: [], secure };
    let rest = '';
    let data = null;
    let asked = false;
    this.talks.push(said);
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => {});
    const say = (key, usual) => {
      const line = this.answer[key] ?? usual;
      if (line === 'die') socket.destroy();
      else if (line !== 'hang') socket.write(`${line}\r\n`);
      return line;
    };
    const command = (line) => {
      const verb = line.split(' ')[0].toUpperCase();
      if (asked) {
        asked = false;
        socket.write(line === this.auth ? '235 it is you\r\n' : '535 no\r\n');
        return;
      }
      said.verbs.push(verb);
      if (verb === 'EHLO') {
        const own = [this.tls && !secure && 'STARTTLS', this.auth && secure && 'AUTH PLAIN'].filter(Boolean);
        socket.write([...this.extensions, ...own, 'SIZE 1000000'].map((word, i, all) =>
          `250${i === all.length - 1 ? ' ' : '-'}${word}\r\n`).join(''));
      } else if (verb === 'STARTTLS' && this.tls) {
        socket.removeAllListeners('data');
        socket.write('220 go on\r\n');
        this.talk(new TLSSocket(socket, { isServer: true, ...this.tls }), true);
      } else if (line === 'AUTH PLAIN') {
        socket.write('334 \r\n');
        asked = true;
      } else if (verb === 'MAIL') {
        said.from = line.slice(10);
        said.to = [];
        say('MAIL', '250 ok');
      } else if (verb === 'RCPT') {
        said.to.push(line.slice(8));
        say('RCPT', '250 ok');
      } else if (verb === 'DATA') {
        if (say('DATA', '354 go on').startsWith('354')) data = '';
      } else if (verb === 'QUIT') {
        if (say('QUIT', '221 bye') !== 'hang') socket.end();
      } else if (verb === 'RSET') say('RSET', '250 ok');
      else socket.write('502 not here\r\n');
    };
    const take = (line) => {
      if (data === null) return command(line);
      if (line !== '.') { data += `${line.startsWith('.') ? line.slice(1) : line}\r\n`; return null; }
      const mail = { ...parseMail(data.slice(0, -2)), from: said.from, to: [...said.to] };
      data = null;
      if (say('DATA.', '250 queued').startsWith('250')) this.mails.push(mail);
      else (this.refused ??= []).push(mail);
      return null;
    };
    if (!secure) say('hello', '220 mail.example');
    socket.on('data', (bytes) => {
      rest += bytes.toString('latin1');
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        take(line);
      }
    });
  }
}
