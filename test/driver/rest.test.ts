import {
  Absent,
  AccessDenied,
  answersOf,
  AuthenticationFailed,
  BackendError,
  basicCredentials,
  Busy,
  errorType,
  Gone,
  granted,
  InvalidResponse,
  jsonIn,
  LoginRefused,
  NotSupported,
  openRest,
  pick,
  Refused,
  Secret,
  sessionHeaders,
  withHeaders,
  type DriverContext,
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
} from 'delfin-agent/driver';
import { describe, expect, it } from 'vitest';

interface Scripted {
  readonly status?: number;
  readonly body?: unknown;
  /** The body as it is, for broken ones. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
}
type Behaviour = Scripted | Error;

function responseOf({ status = 200, body = {}, text, headers = {}, cookies = [] }: Scripted) {
  const written = text ?? JSON.stringify(body);
  return {
    status,
    headers,
    setCookies: cookies,
    body: Buffer.from(written),
    text: () => written,
    json() {
      try {
        return JSON.parse(written) as unknown;
      } catch {
        throw new InvalidResponse('no JSON');
      }
    },
  } satisfies HttpResponse;
}

/** An array that answers `POST /login` with a token and all else as it is told. */
async function array(
  behave: (request: HttpRequest, count: number) => Behaviour,
  options: { readonly login?: () => Behaviour; readonly words?: boolean } = {},
) {
  const sent: string[] = [];
  const paused: number[] = [];
  const count = { logins: 0, logouts: 0, cookies: [] as (string | undefined)[] };
  const http: HttpClient = {
    origin: 'https://array',
    async request(request) {
      const name = `${request.method ?? 'GET'} ${request.path}`;
      sent.push(name);
      count.cookies.push(request.headers?.['cookie']);
      const behaviour =
        name === 'POST /login'
          ? (options.login?.() ?? { body: { token: `t${(count.logins += 1)}` } })
          : name === 'DELETE /login'
            ? ((count.logouts += 1), {})
            : behave(request, sent.filter((one) => one === name).length);
      if (behaviour instanceof Error) throw behaviour;
      return responseOf(behaviour);
    },
    close: async () => {},
  };
  const context = {
    http: async () => http,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    pause: async (ms: number) => void paused.push(ms),
  } as unknown as DriverContext;
  const access = { host: 'array', username: 'monitor', password: new Secret('pw') };
  const rest = await openRest<string>(context, access, {
    answers: answersOf({
      complaint(response) {
        if (response.status < 400) return undefined;
        const code = pick(jsonIn(response), 'code');
        return typeof code === 'string' ? { code, text: 'says the array' } : undefined;
      },
      codes: { refused: ['E-ATTR'], unsupported: ['E-LICENCE'], gone: ['E-GONE'] },
    }),
    session: {
      async open(exchange) {
        const body = granted(
          await exchange({ method: 'POST', path: '/login' }),
          'array',
          'monitor',
        );
        return String((body as Record<string, unknown>)['token']);
      },
      close: (exchange) => exchange({ method: 'DELETE', path: '/login' }),
      sign: (request, token) => withHeaders(request, { token }),
    },
  });
  return { rest, sent, paused, count };
}

const outcome = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

const good = { body: { value: 1 } };

it('writes credentials as HTTP has them, and adds headers to those that are there', () => {
  const credentials = basicCredentials({ username: 'user', password: new Secret('pä:ss') });
  expect(credentials).toEqual({ authorization: 'Basic dXNlcjpww6Q6c3M=' });
  expect(withHeaders({ path: '/', headers: { a: '1', b: '2' } }, { b: '3' })).toEqual({
    path: '/',
    headers: { a: '1', b: '3' },
  });
});

it.each([
  ['with a token and a cookie', { headers: { token: 't' }, cookies: ['a=1'] }, { token: 't' }],
  ['with a token alone', { headers: { token: 't' } }, { token: 't', authorization: 'Basic' }],
  ['with a cookie alone', { cookies: ['a=1'] }, {}],
  ['with an empty token', { headers: { token: '' } }, { authorization: 'Basic' }],
])('a login that is answered %s has its headers', (_name, scripted, headers) => {
  const exchanged = {
    response: responseOf(scripted),
    answer: { meaning: 'ok', body: {} },
  } as const;
  expect(sessionHeaders(exchanged, { authorization: 'Basic' }, 'token')).toEqual(headers);
});

describe('a REST session', () => {
  it('is opened once for all, and given back', async () => {
    const { rest, count } = await array(() => good);
    await Promise.all([rest.get('/a'), rest.get('/b')]);
    await rest.close();
    expect(count).toMatchObject({ logins: 1, logouts: 1 });
  });

  it('that has gone is replaced once for all requests that find it gone', async () => {
    let token = 't1';
    const { rest, count } = await array((request) =>
      request.headers?.['token'] === token ? good : { status: 401 },
    );
    await rest.get('/a');
    token = 't2';
    expect(await Promise.all([rest.get('/a'), rest.get('/b'), rest.get('/c')])).toHaveLength(3);
    // The old one is given back before another is taken.
    expect(count).toMatchObject({ logins: 2, logouts: 1 });
  });

  it('is not replaced again and again for a resource that it may not read', async () => {
    const { rest, count } = await array(({ path }) =>
      path.startsWith('/secret') ? { status: 401 } : good,
    );
    for (const path of ['/secret/1', '/secret/2', '/secret/3']) {
      expect(await outcome(rest.get(path))).toBeInstanceOf(AccessDenied);
      await rest.get('/a');
    }
    expect(count.logins).toBeLessThanOrEqual(3);
    const { logins } = count;
    for (let n = 4; n < 50; n += 1) {
      await outcome(rest.get(`/secret/${n}`));
      await rest.get('/a');
    }
    expect(count.logins).toBe(logins);
  });

  it('whose login is refused is never tried again', async () => {
    let refused = false;
    const { rest, sent } = await array(() => (refused ? { status: 401 } : good), {
      login: () => (refused ? { status: 401 } : { body: { token: 't' } }),
    });
    await rest.get('/a');
    refused = true;
    for (const _ of [1, 2, 3]) expect(await outcome(rest.get('/a'))).toBeInstanceOf(LoginRefused);
    expect(sent.filter((name) => name === 'POST /login')).toHaveLength(2);
  });

  it('is refused at once where the account is wrong', async () => {
    const error = await outcome(array(() => good, { login: () => ({ status: 403 }) }));
    expect(error).toBeInstanceOf(AuthenticationFailed);
    expect(String(error)).toContain('monitor');
  });

  it('keeps the cookies of its answers, and deletes those that are emptied', async () => {
    const { rest, count } = await array((_, n) => ({
      ...good,
      cookies: n === 1 ? ['JSESSIONID=1; Path=/; Secure', 'lang=en'] : ['lang=; Max-Age=0'],
    }));
    for (const _ of [1, 2, 3]) await rest.get('/a');
    expect(count.cookies.slice(1)).toEqual([undefined, 'JSESSIONID=1; lang=en', 'JSESSIONID=1']);
  });
});

describe('a request that gets no good answer', () => {
  const broken = new InvalidResponse('the array closed the connection without an answer');

  it.each<[string, Behaviour]>([
    ['500', { status: 500 }],
    ['a broken body', { text: '<html>' }],
    ['a closed connection', broken],
  ])('is repeated once after %s', async (_, behaviour) => {
    const { rest, sent } = await array((__, n) => (n === 1 ? behaviour : good));
    expect(await rest.get('/a')).toEqual(good.body);
    expect(sent).toEqual(['POST /login', 'GET /a', 'GET /a']);
  });

  it('fails after the second time, and changes are never repeated', async () => {
    const { rest, sent } = await array(() => ({ status: 500 }));
    expect(await outcome(rest.get('/a'))).toBeInstanceOf(BackendError);
    expect(await outcome(rest.send({ method: 'PUT', path: '/a' }))).toBeInstanceOf(BackendError);
    expect(await outcome(rest.send({ method: 'POST', path: '/q', reads: true }))).toBeInstanceOf(
      BackendError,
    );
    expect(sent.slice(1)).toEqual(['GET /a', 'GET /a', 'PUT /a', 'POST /q', 'POST /q']);
  });

  it('waits while the array is busy, as long as it says and not for ever', async () => {
    const { rest, paused } = await array((_, n) =>
      n === 1 ? { status: 503, headers: { 'retry-after': '2' } } : n === 2 ? { status: 429 } : good,
    );
    expect(await rest.get('/a')).toEqual(good.body);
    expect(paused).toEqual([2_000, 500]);
    const limited = await array((_, n) =>
      n === 1 ? { status: 429, headers: { 'ratelimit-reset': '3' } } : good,
    );
    await limited.rest.get('/a');
    expect(limited.paused).toEqual([3_000]);
    const busy = await array(() => ({ status: 503, headers: { 'retry-after': '86400' } }));
    expect(await outcome(busy.rest.get('/a'))).toBeInstanceOf(Busy);
    expect(busy.paused).toEqual([10_000, 10_000, 10_000]);
  });

  it('is hardly repeated by an array that fails all the time', async () => {
    const { rest, sent } = await array(() => ({ status: 500 }));
    for (let n = 0; n < 200; n += 1) await outcome(rest.get(`/a/${n}`));
    expect(sent.length).toBeLessThan(200 + 1 + 25);
  });

  it('is told apart by the words of the vendor', async () => {
    const code = { '/attr': 'E-ATTR', '/licence': 'E-LICENCE' } as Record<string, string>;
    const { rest } = await array(({ path }) => ({ status: 400, body: { code: code[path] } }));
    expect(await outcome(rest.get('/attr'))).toBeInstanceOf(Refused);
    const lacking = await outcome(rest.get('/licence'));
    expect(lacking).toBeInstanceOf(NotSupported);
    expect(lacking).not.toBeInstanceOf(Absent);
    // A status of its own is not the vendor's word.
    expect(errorType(await outcome(rest.get('/other')))).toBe('backend');
  });

  it('is absent by a bare 404 only where nothing of the kind has ever answered', async () => {
    let there = true;
    const { rest } = await array(({ path }) =>
      there && path.startsWith('/lun/') ? good : { status: 404 },
    );
    expect(await outcome(rest.get('/nas/1'))).toBeInstanceOf(Absent);
    await rest.get('/lun/1');
    there = false;
    const error = await outcome(rest.get('/lun/2'));
    expect(error).toBeInstanceOf(BackendError);
    expect(error).not.toBeInstanceOf(NotSupported);
  });

  it('names an object that has gone as gone, where there have been others', async () => {
    const { rest } = await array(({ path }) =>
      path === '/lun/1' ? good : { status: 404, body: { code: 'E-GONE' } },
    );
    expect(await outcome(rest.get('/nas/1'))).toBeInstanceOf(NotSupported);
    await rest.get('/lun/1');
    expect(await outcome(rest.get('/lun/2'))).toBeInstanceOf(Gone);
  });
});
