/** The pages by path. GET and HEAD only, except the reload. */
import type { IncomingMessage } from 'node:http';
import type { Body } from '../telemetry/prometheus/page.ts';
import { arrayPage } from './array-page.ts';
import { isSameOrigin } from './host.ts';
import { asset, PAGE_HEADERS } from './layout.ts';
import type { WebSource } from './source.ts';
import { statusPage } from './status-page.ts';

export interface Answer {
  /** Stable name of the page, for the agent's own metrics. */
  readonly route: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Body;
}

const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';

type Route = (request: IncomingMessage, url: URL, source: WebSource) => Answer | Promise<Answer>;

const ROUTES: Readonly<Record<string, Route>> = {
  '/': (_request, _url, source) => markup('status', statusPage(source.status())),
  '/metrics': (request, url, source) =>
    metrics('metrics', request, url.searchParams.get('system'), source),
  '/probe': (request, url, source) => {
    const target = url.searchParams.get('target');
    return target === null
      ? text('probe', 400, 'name the array: /probe?target=NAME\n')
      : metrics('probe', request, target, source);
  },
  '/-/healthy': () => text('healthy', 200, 'healthy\n'),
  '/-/ready': (_request, _url, source) => {
    const { ready, waiting, warnings } = source.status();
    return ready
      ? text('ready', 200, ['ready', ...warnings, ''].join('\n'))
      : text('ready', 503, `waiting for the first collection of ${waiting.join(', ')}\n`);
  },
  '/sd': (request, _url, source) =>
    ok('sd', JSON_TYPE, JSON.stringify(serviceDiscovery(request, source))),
  '/config': (_request, _url, source) => ok('config', 'text/yaml; charset=utf-8', source.config()),
  '/api/v1/status': (_request, _url, source) =>
    ok('status', JSON_TYPE, JSON.stringify(source.status())),
};

/** The pages below a folder, by the decoded rest of the path. */
const FOLDERS: Readonly<Record<string, (name: string, source: WebSource) => Promise<Answer>>> = {
  '/arrays/': async (name, source) => {
    const array = await source.array(name);
    return array ? markup('array', arrayPage(array)) : noBackend('array', name);
  },
  '/api/v1/status/': async (name, source) => {
    const array = await source.array(name);
    return array ? ok('array', JSON_TYPE, JSON.stringify(array)) : noBackend('array', name);
  },
  '/assets/': async (name) => {
    const file = asset(name);
    return file ? ok('assets', file.type, file.text) : text('assets', 404, 'no such file\n');
  },
};

function routeOf(path: string): Route | undefined {
  if (Object.hasOwn(ROUTES, path)) return ROUTES[path];
  for (const [folder, route] of Object.entries(FOLDERS)) {
    const name = path.startsWith(folder) ? decoded(path.slice(folder.length)) : undefined;
    if (name !== undefined) return (_request, _url, source) => route(name, source);
  }
  return undefined;
}

/** undefined: not encoded as a URL is. */
function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

export async function answer(request: IncomingMessage, source: WebSource): Promise<Answer> {
  const url = URL.parse(request.url ?? '/', 'http://agent');
  if (!url) return text('unknown', 400, 'not a path\n');
  if (url.pathname === '/-/reload') return await reload(request, source);
  const route = routeOf(url.pathname);
  if (!route) return text('unknown', 404, 'no such page; / lists them\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { ...text('method', 405, 'GET and HEAD only\n'), headers: { allow: 'GET, HEAD' } };
  }
  return await route(request, url, source);
}

/** What anybody may know: that it is healthy or ready, and no name of an array. */
export function openHealth(request: IncomingMessage, source: WebSource): Answer | undefined {
  if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
  const path = URL.parse(request.url ?? '/', 'http://agent')?.pathname;
  if (path === '/-/healthy') return text('healthy', 200, 'healthy\n');
  if (path !== '/-/ready') return undefined;
  return source.status().ready
    ? text('ready', 200, 'ready\n')
    : text('ready', 503, 'waiting for the first collection\n');
}

async function reload(request: IncomingMessage, source: WebSource): Promise<Answer> {
  if (request.method !== 'POST') {
    return { ...text('reload', 405, 'POST only\n'), headers: { allow: 'POST' } };
  }
  // A page of another site that the operator has open must not be able to do this.
  if (!isSameOrigin(request.headers)) {
    return text('reload', 403, 'not from a page of another site\n');
  }
  const { status, message } = await source.reload();
  return text('reload', status, `${message}\n`);
}

async function metrics(
  route: string,
  request: IncomingMessage,
  system: string | null,
  source: WebSource,
): Promise<Answer> {
  const page = await source.metrics(system ?? undefined);
  if (!page) return noBackend(route, system ?? '');
  const zipped = acceptsGzip(request.headers['accept-encoding']);
  return {
    route,
    status: 200,
    headers: {
      'content-type': METRICS_TYPE,
      vary: 'accept-encoding',
      ...(zipped ? { 'content-encoding': 'gzip' } : {}),
    },
    body: zipped ? page.gzip() : page.plain(),
  };
}

/** Whether gzip is named and not refused with q=0; `*` counts where gzip isn't named. */
export function acceptsGzip(header: string | string[] | undefined): boolean {
  const qualities = new Map<string, number>();
  for (const part of String(header ?? '')
    .toLowerCase()
    .split(',')) {
    const [coding = '', ...parameters] = part.split(';').map((piece) => piece.trim());
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    qualities.set(coding, Number(quality?.slice(2) ?? 1));
  }
  return (qualities.get('gzip') ?? qualities.get('x-gzip') ?? qualities.get('*') ?? 0) > 0;
}

/** Prometheus http_sd: every backend is a target of this agent's /metrics?system=NAME. */
function serviceDiscovery(request: IncomingMessage, source: WebSource): unknown {
  const agent = request.headers.host ?? 'localhost';
  return source.status().backends.map(({ name, vendor, model }) => ({
    targets: [agent],
    labels: {
      __metrics_path__: '/metrics',
      __param_system: name,
      // One instance per array; the rest is for relabelling, or it would clash with the series' labels.
      instance: name,
      __meta_storage_system_name: name,
      __meta_storage_system_vendor: vendor,
      __meta_storage_system_model: model,
    },
  }));
}

function ok(route: string, type: string, body: string): Answer {
  return { route, status: 200, headers: { 'content-type': type }, body };
}

function markup(route: string, body: string): Answer {
  return { route, status: 200, headers: PAGE_HEADERS, body };
}

function noBackend(route: string, name: string): Answer {
  return text(route, 404, `no backend "${printable(name)}"; /sd lists them\n`);
}

function text(route: string, status: number, body: string): Answer {
  return { route, status, headers: {}, body };
}

function printable(name: string): string {
  return name.slice(0, 128).replaceAll(/[^\x20-\x7E]/g, '?');
}
