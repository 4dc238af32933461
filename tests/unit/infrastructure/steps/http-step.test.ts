import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mayPass } from '../../../../src/infrastructure/steps/http-errors.js';
import { type HttpStep, runHttpStep } from '../../../../src/infrastructure/steps/http-step.js';
import type { JsonObject } from '../../../../src/domain/shared/json.js';
import { caughtWaymark } from '../../../support/caught.js';
import { stepContext, surroundings, template } from '../../../support/steps.js';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let server: Server;
let origin: string;
let seen: Seen[] = [];
let answer: (request: Seen, response: ServerResponse) => void;

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') };
      seen.push(one);
      answer(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

beforeEach(() => {
  seen = [];
  answer = (_request, response) => void response.setHeader('content-type', 'application/json').end('{"ok":true}');
});

async function send(
  over: Partial<HttpStep> & { readonly to?: string } = {},
  state: JsonObject = {},
): Promise<JsonObject> {
  const { to = '/', ...rest } = over;
  const step: HttpStep = {
    method: 'GET',
    url: template(`${origin}${to}`),
    headers: {},
    idempotencyKey: true,
    maxBytes: 10_000,
    secrets: [],
    hidden: [],
    output: { answer: 'json' },
    ...rest,
  };
  return runHttpStep(step, surroundings('/', { TOKEN: 's3cr3t value', PIN: '4711' }), stepContext(state).context);
}

describe('an HTTP step', () => {
  it('sends what its templates were filled with, and keeps what it was asked to', async () => {
    const json = {
      kind: 'object',
      entries: [
        ['name', { kind: 'text', parts: template('Hello ${{ state.name }}') }],
        ['count', { kind: 'text', parts: template('${{ state.count + 1 }}') }],
        ['list', { kind: 'list', items: [{ kind: 'value', value: null }] }],
      ],
    } as const;
    const over = {
      method: 'POST',
      to: '/things/${{ state.name }}?q=${{ state.q }}',
      headers: { 'X-Name': template('n-${{ state.name }}') },
      body: { kind: 'json', json },
      output: { answer: 'json', code: 'status', raw: 'text', head: 'headers', all: 'response' },
    } as const;
    const output = await send(over, { name: 'Ada', count: 2, q: 'a/b&c=../d' });
    expect(seen).toMatchObject([
      {
        method: 'POST',
        url: '/things/Ada?q=a%2Fb%26c%3D..%2Fd',
        body: '{"name":"Hello Ada","count":3,"list":[null]}',
        headers: { 'x-name': 'n-Ada', 'content-type': 'application/json', 'idempotency-key': 'e-1/step/1' },
      },
    ]);
    expect(output).toMatchObject({
      answer: { ok: true },
      code: 200,
      raw: '{"ok":true}',
      head: { 'content-type': 'application/json' },
      all: { status: 200, body: { ok: true } },
    });
  });

  it('has the idempotency key in a header of another name, or not at all; a GET has none', async () => {
    await send();
    await send({ method: 'DELETE', idempotencyKey: 'X-Key' });
    await send({ method: 'PUT', idempotencyKey: false });
    expect(seen.map(({ headers }) => [headers['idempotency-key'], headers['x-key']])).toStrictEqual([
      [undefined, undefined],
      [undefined, 'e-1/step/1'],
      [undefined, undefined],
    ]);
  });

  it('fails with a status that is not expected, and says whether another try makes sense', async () => {
    for (const [status, isPassing] of [
      [404, false],
      [429, true],
      [503, true],
    ] as const) {
      answer = (_request, response) => void response.writeHead(status).end('why');
      const error = await caughtWaymark(send());
      expect(error).toMatchObject({ code: 'WAYMARK_HTTP_STATUS', details: { status, body: 'why' } });
      expect(mayPass(error)).toBe(isPassing);
    }
    answer = (_request, response) => void response.writeHead(404).end('{}');
    expect(await send({ expect: [404], output: { code: 'status' } })).toStrictEqual({ code: 404 });
  });

  it('fails when nobody answers, or what is sent is no request', async () => {
    answer = (_request, response) => void response.destroy();
    const error = await caughtWaymark(send());
    expect(error.code).toBe('WAYMARK_HTTP_FAILED');
    expect(mayPass(error)).toBe(true);
    for (const url of ['file:///etc/passwd', 'javascript:1', 'http://', '/path']) {
      const invalid = await caughtWaymark(send({ url: template(url) }));
      expect(invalid.code).toBe('WAYMARK_INVALID_REQUEST');
      expect(mayPass(invalid)).toBe(false);
    }
  });

  it('does not let a value add a header', async () => {
    const over = { headers: { 'X-Name': template('${{ state.name }}') } };
    expect((await caughtWaymark(send(over, { name: 'a\r\nX-Other: b' }))).code).toBe('WAYMARK_INVALID_REQUEST');
    expect(seen).toStrictEqual([]);
  });

  it('takes no more of the answer than it is told to', async () => {
    answer = (_request, response) => void response.end('x'.repeat(10_001));
    expect((await caughtWaymark(send())).code).toBe('WAYMARK_OUTPUT_TOO_LARGE');
  });

  it('says that the answer is not JSON', async () => {
    answer = (_request, response) => void response.end('<html>');
    expect((await caughtWaymark(send())).code).toBe('WAYMARK_OUTPUT_NOT_JSON');
  });

  it('hides its secrets in what it keeps and fails with, and takes them to no other place', async () => {
    const over = {
      secrets: ['TOKEN'],
      headers: { Authorization: template('Bearer ${{ secrets.TOKEN }}') },
      to: '/?t=${{ secrets.TOKEN }}',
    } as const;
    answer = (request, response) =>
      void response.end(JSON.stringify({ auth: request.headers.authorization, url: request.url }));
    expect(await send(over)).toStrictEqual({ answer: { auth: 'Bearer ***', url: '/?t=***' } });
    expect(seen[0]?.headers.authorization).toBe('Bearer s3cr3t value');
    answer = (request, response) => void response.writeHead(500).end(request.headers.authorization);
    const failed = await caughtWaymark(send(over));
    expect(JSON.stringify([failed.message, failed.details])).not.toMatch(/s3cr3t/);
    answer = (_request, response) => void response.writeHead(302, { location: '/elsewhere' }).end();
    expect((await caughtWaymark(send(over))).details).toMatchObject({ status: 302 });
    expect(seen.map(({ url }) => url)).not.toContain('/elsewhere');
  });

  it('hides a secret that comes back as a number or as a key', async () => {
    answer = (_request, response) => void response.end('{"code":4711,"4711":[47110.5,1]}');
    const over = { secrets: ['PIN'], to: '/?t=${{ secrets.PIN }}' } as const;
    expect(await send(over)).toStrictEqual({ answer: { code: '***', '***': ['***', 1] } });
  });

  it('ends when it is cancelled', async () => {
    const { context, abort } = stepContext();
    answer = () => abort.abort(new Error('cancelled by hand'));
    const step: HttpStep = {
      method: 'GET',
      url: template(origin),
      headers: {},
      idempotencyKey: true,
      maxBytes: 1_000,
      secrets: [],
      hidden: [],
      output: {},
    };
    await expect(runHttpStep(step, surroundings('/'), context)).rejects.toThrow('cancelled by hand');
  });
});
