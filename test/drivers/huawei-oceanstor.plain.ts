/** An array that knows nothing but what a test says. */
import { CERTIFICATE_FILE, sendJson, serve, type ServedRequest } from '../kit/http-server.ts';
import type { Fields } from '../../src/testing/open.ts';

/** `status`: with the rest as body, an HTTP error. */
export type Answer = Fields;

export async function plainArray(
  answer: (path: string, request: ServedRequest) => Answer | undefined,
  options: { readonly loginPath?: string } = {},
) {
  const served = await serve((request, response) => {
    const path = request.path.replace('/deviceManager/rest', '');
    if (path.endsWith('/sessions')) {
      if (request.method === 'POST' && path !== (options.loginPath ?? '/xx/sessions')) {
        response.writeHead(404).end();
        return;
      }
      return sendJson(response, 200, { data: { deviceid: 'D1', iBaseToken: 'T1', accountstate: 1 }, error: { code: 0 } }); // prettier-ignore
    }
    const given = answer(path.replace('/D1', ''), request);
    if (given && typeof given['status'] === 'number') {
      const { status, ...body } = given;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(Object.keys(body).length > 0 ? JSON.stringify(body) : '');
      return;
    }
    sendJson(response, 200, given ?? { error: { code: 0, description: '0' } });
  });
  const access = {
    rest: { host: '127.0.0.1', port: served.port, username: 'u', password: 'p', ca: CERTIFICATE_FILE }, // prettier-ignore
  };
  return { served, access };
}

export const data = (objects: unknown): Fields => ({ data: objects, error: { code: '0', description: '' } }); // prettier-ignore
export const failure = (code: number, description: string): Fields => ({
  error: { code, description },
});
export const NOTHING = failure(1077948996, 'The object does not exist.');
