/** `health`, as a container's health check asks. */
import { hashSync } from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkHealth } from '../../src/cli/health.ts';
import { runAgent, workspace, type Workspace } from '../kit/agent.ts';
import { freePort } from '../kit/ports.ts';
import { serve, statusDocument } from '../web/kit.ts';

const TLS = new URL('../kit/tls/', import.meta.url).pathname;
const PAIR = `cert_file: ${TLS}cert.pem, key_file: ${TLS}key.pem`;
const MUTUAL = `tls_server_config: { ${PAIR}, client_auth_type: RequireAndVerifyClientCert, client_ca_file: ${TLS}cert.pem }`;
const USERS = `basic_auth_users: { me: "${hashSync('pw', 4)}" }`;

let space: Workspace;
beforeAll(() => {
  space = workspace();
});
afterAll(() => space[Symbol.dispose]());

const ask = (port: number, ready = false) =>
  checkHealth({ listen: [`127.0.0.1:${port}`], ready }).then(
    () => 'ok',
    (error: Error) => error.message,
  );

const GUARDED = /answers 401: .*web_health: open lets it say so/s;

describe('health', () => {
  it.each([
    ['http', '', 'guarded', /^ok$/, /^ok$/],
    ['http with users', USERS, 'guarded', /^ok$/, GUARDED],
    ['https with users', `tls_server_config: { ${PAIR} }\n${USERS}`, 'guarded', /^ok$/, GUARDED],
    ['https with client certificates', MUTUAL, 'guarded', /set web_health: open/, /web_health/],
    ['https with both, health open', `${MUTUAL}\n${USERS}`, 'open', /^ok$/, /^ok$/],
  ] as const)('of %s', async (_what, content, web, healthy, ready) => {
    const webConfigFile = space.write('web.yaml', content);
    await using server = await serve({}, { webConfigFile, health: web });
    expect(await ask(server.port)).toMatch(healthy);
    expect(await ask(server.port, true)).toMatch(ready);
  });

  it('says what is wrong', async () => {
    const status = () => statusDocument({ ready: false, waiting: ['a'] });
    await using server = await serve({ status });
    expect(await ask(server.port, true)).toMatch(/answers 503: waiting/);
    expect(await ask(await freePort())).toMatch(
      /does not answer \(ECONNREFUSED\): is the agent running\?/,
    );
  });

  it('is an exit code', async () => {
    await using server = await serve();
    const at = ['health', '--web.listen-address', `127.0.0.1:${server.port}`];
    expect(await runAgent(at)).toEqual({ code: 0, stdout: 'ok\n', stderr: '' });
    const gone = ['health', '--web.listen-address', 'unix:///gone.sock'];
    expect(await runAgent(gone)).toMatchObject({ code: 1, stdout: '' });
  });
});
