// A listener to server-sent events.
import { get } from 'node:http';

// Listens as a browser does; `events` gathers {event, id, data}.
class Listener {
  constructor(node, { topic = '', last, person } = {}) {
    this.events = [];
    this.text = '';
    const headers = { accept: 'text/event-stream' };
    if (last) headers['last-event-id'] = last;
    if (person) headers.cookie = [...person.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    this.opened = new Promise((done, fail) => {
      this.request = get(`${node.url}/events${topic && `?topic=${topic}`}`, { headers, agent: false }, (answer) => {
        this.status = answer.statusCode;
        answer.setEncoding('utf8');
        answer.on('data', (text) => this.take(text, done));
        answer.on('end', () => { this.ended = true; done(this); });
        answer.on('error', () => { this.ended = true; });
      });
      this.request.on('error', fail);
    });
  }

  take(text, done) {
    this.text += text;
    const parts = this.text.split('\n\n');
    this.text = parts.pop();
    for (const part of parts) {
      const fields = Object.fromEntries(part.split('\n').map((line) => line.split(/: (.*)/s)));
      if (fields.id) this.last = fields.id;
      if (fields.event) this.events.push({ ...fields, data: JSON.parse(fields.data) });
      if (fields.retry) done(this);
    }
  }

  of(topic) { return this.events.filter(({ event }) => event === topic).map(({ data }) => data); }

  close() { this.request.destroy(); }
}
export const listen = (node, options) => new Listener(node, options).opened;
