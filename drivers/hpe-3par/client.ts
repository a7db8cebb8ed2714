/** The Web Services API (WSAPI): one session key; collections below `/api/v1`. */
import {
  answersOf,
  BackendUnreachable,
  granted,
  InvalidResponse,
  jsonIn,
  list,
  number,
  object,
  openRest,
  pick,
  text,
  type Answer,
  type DriverContext,
  type Foreign,
  type HttpResponse,
  type Parts,
  type RestAccess,
  type RestClient,
} from 'delfin-agent/driver';

const KEY_HEADER = 'x-hp3par-wsapi-sessionkey';
/** 3PAR and its OEM version serve the API on 8080, their successors on 443; the other one is tried, too. */
const OLD_PORT = 8080;
const PORT = 443;
const OLD_MODELS: ReadonlySet<string> = new Set(['3par', 'unistor_cf']);
/** 20,000 volumes are about 30 MB. */
const MAX_BYTES = 256 * 2 ** 20;

const CODES = { denied: [5], expired: [6], unsupported: [9] } as const;
const WORDS = {
  expired: /invalid session key|different ip/i,
  denied: /invalid username or password|account.* locked|password.* expired/i,
  unsupported: /unsupported|not supported|not implemented|licen[sc]e/i,
} as const;
/** "Session key is being used": by another request of ours. */
const STATUSES = { 409: 'busy' } as const;
const read = answersOf({ complaint, codes: CODES, texts: WORDS, statuses: STATUSES });

export type Wsapi = Awaited<ReturnType<typeof openWsapi>>;

export async function openWsapi(access: RestAccess, context: DriverContext) {
  const rest = await login(access, context);
  const short = new WeakSet<readonly Foreign[]>();
  /** One object. @throws NotSupported if this array has no such resource. */
  const get = async (path: string, query?: string): Promise<Foreign> =>
    object(await rest.get(path, { query }), `GET ${path}`);
  return {
    get,
    /** The members of a collection; one that is shorter than announced is told. */
    async members(path: string, tell: Parts['tell'], query?: string): Promise<readonly Foreign[]> {
      const answer = await get(path, query);
      const total = number(answer['total']);
      // A collection without members may come without the list.
      if ((answer['members'] ?? undefined) === undefined && total === 0) return [];
      const members = list(answer['members'], `GET ${path}: members`);
      if (total !== undefined && members.length < total) {
        const missing = `${members.length} members of the ${total} that the array announced`;
        tell(new InvalidResponse(`GET ${path}: ${missing}`));
        short.add(members);
      }
      return members;
    },
    /** Whether these members are as many as the array announced. */
    isWhole: (members: readonly Foreign[]) => !short.has(members),
    close: () => rest.close(),
  };
}

async function login(access: RestAccess, context: DriverContext): Promise<RestClient<string>> {
  const usual = OLD_MODELS.has(context.model) ? [OLD_PORT, PORT] : [PORT, OLD_PORT];
  let unreachable: unknown;
  for (const port of access.port === undefined ? usual : [access.port]) {
    try {
      return await openOn(port, access, context);
    } catch (error) {
      if (!(error instanceof BackendUnreachable)) throw error;
      unreachable ??= error;
    }
  }
  throw unreachable;
}

function openOn(port: number, access: RestAccess, context: DriverContext) {
  return openRest<string>(context, access, {
    port,
    basePath: '/api/v1',
    maxBytes: MAX_BYTES,
    answers: answersOfKeys(),
    session: {
      async open(exchange) {
        const json = { user: access.username, password: access.password.reveal() };
        const answer = await exchange({ method: 'POST', path: '/credentials', json });
        const body = granted(answer, 'WSAPI', access.username);
        const key = text(object(body, 'POST /credentials')['key']);
        if (key !== undefined) return key;
        throw new InvalidResponse(
          'POST /credentials: the login was answered without a session key',
        );
      },
      close: (exchange, key) =>
        exchange({
          method: 'DELETE',
          path: `/credentials/${encodeURIComponent(key)}`,
          headers: { [KEY_HEADER]: key },
        }),
      sign: (request, key) => ({ ...request, headers: { [KEY_HEADER]: key } }),
    },
  });
}

/** A key that stays in use is as good as lost: it is given back and another taken. */
const STUCK = 4;

function answersOfKeys(): (response: HttpResponse) => Answer {
  let inUse = 0;
  return (response) => {
    inUse = response.status === 409 ? inUse + 1 : 0;
    const answer = read(response);
    if (inUse < STUCK || answer.meaning === 'ok') return answer;
    inUse = 0;
    return { ...answer, meaning: 'expired' };
  };
}

/** `{ code, desc }`, in whatever status. */
function complaint(response: HttpResponse) {
  const body = response.status < 400 ? undefined : jsonIn(response);
  const code = number(pick(body, 'code'));
  const said = text(pick(body, 'desc') ?? pick(body, 'message')) ?? '';
  return code === undefined ? undefined : { code: String(code), text: said };
}
