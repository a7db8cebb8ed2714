/** What a running agent takes over from changed files, and what it keeps meanwhile. */
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, symlinkSync } from 'node:fs';
import { request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import bcrypt from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawnAgent, startAgent, workspace, type Workspace } from '../kit/agent.ts';
import { parseExposition, valueOf } from '../kit/exposition.ts';
import { eventually, freePort, freeUdpPort } from '../kit/ports.ts';
import { hasProgram, runProgram } from '../kit/programs.ts';
import { startReceiver } from '../kit/receiver.ts';

const PATIENT_MS = 60_000;

let space: Workspace;
beforeAll(() => {
  space = workspace();
});
afterAll(() => space[Symbol.dispose]());

const ARRAY =
  '  - { name: a, vendor: fake_storage, model: fake_driver, inventory: { interval: 1s }, performance: { interval: 1s }, alerts: { interval: 1s }, fake: { volumes: 3, alert_period: 86400 } }\n';

/** The common name of the certificate that is shown; undefined: no connection. */
function shownAt(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = request(
      { host: '127.0.0.1', port, path: '/-/healthy', agent: false, rejectUnauthorized: false },
      (response) => {
        const { CN } = (response.socket as TLSSocket).getPeerCertificate().subject;
        response.resume();
        resolve([CN].flat()[0]);
      },
    );
    asked.on('error', () => resolve(undefined));
    asked.end();
  });
}

describe('without a signal', () => {
  it.skipIf(!hasProgram('openssl'))(
    'a certificate that was renewed on disk is shown to the next connection (needs openssl)',
    async () => {
      const create = (name: string) => {
        const [key, cert] = [`${space.folder}/${name}.key`, `${space.folder}/${name}.pem`];
        const args = ['-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`, '-days', '30'];
        execFileSync('openssl', ['req', '-x509', ...args, '-keyout', key, '-out', cert], {
          stdio: 'ignore',
        });
        return { key, cert };
      };
      const [now, next] = [create('now'), create('next')];
      space.write(
        'web.yaml',
        `tls_server_config: { cert_file: ${now.cert}, key_file: ${now.key} }\n`,
      );
      const port = await freePort();
      const file = space.write(
        'tls.yaml',
        `listen: 127.0.0.1:${port}\nweb_config: web.yaml\nbackends:\n${ARRAY}`,
      );
      const agent = spawnAgent(['run', '--config.file', file]);
      await agent.says('the agent is running');
      expect(await shownAt(port)).toBe('now');
      renameSync(next.key, now.key);
      renameSync(next.cert, now.cert);
      await eventually(
        'the new one',
        async () => ((await shownAt(port)) === 'next' ? true : undefined),
        PATIENT_MS,
      );
      agent.process.kill('SIGTERM');
      expect(await agent.exited).toBe(0);
    },
    120_000,
  );
});

describe('with --config.auto-reload', () => {
  it('a configuration that is another one, put there by a link, and a credential of it', async () => {
    const write = (name: string, backends: string) =>
      space.write(name, `workers: 0\nbackends:\n${backends}`);
    const one = write('auto-1.yaml', ARRAY);
    const two = write(
      'auto-2.yaml',
      ARRAY.replace('name: a', 'name: b, labels: { site: "${credential:site}" }'),
    );
    space.write('site', 'north\n');
    const config = `${space.folder}/auto.yaml`;
    const point = (to: string) => {
      symlinkSync(to, `${config}.new`);
      renameSync(`${config}.new`, config);
    };
    point(one);
    await using agent = await startAgent(config, {
      args: ['--config.auto-reload'],
      env: { CREDENTIALS_DIRECTORY: space.folder },
    });
    const siteOf = (site: string) =>
      eventually(
        `an array of ${site}`,
        async () => {
          const samples = parseExposition((await agent.get('/metrics')).text);
          return valueOf(samples, 'storage_system_info', { storage_system_name: 'b', site });
        },
        PATIENT_MS,
      );
    point(two);
    expect(await siteOf('north')).toBe(1);
    space.write('site', 'south\n');
    expect(await siteOf('south')).toBe(1);
  }, 120_000);
});

describe('with a reload', () => {
  it('users of the web pages: the new one is let in, the old one is not', async () => {
    const users = (name: string) =>
      space.write('users.yaml', `basic_auth_users: { ${name}: "${bcrypt.hashSync('pw', 4)}" }\n`);
    users('old');
    const port = await freePort();
    const file = space.write(
      'users-of-web.yaml',
      `listen: 127.0.0.1:${port}\nweb_config: users.yaml\nbackends:\n${ARRAY}`,
    );
    const ask = async (name: string, path = '/config', method = 'GET') => {
      const headers = { authorization: `Basic ${btoa(`${name}:pw`)}` };
      return (await fetch(`http://127.0.0.1:${port}${path}`, { method, headers })).status;
    };
    const agent = spawnAgent(['run', '--config.file', file]);
    await agent.says('the agent is running');
    expect([await ask('old'), await ask('new')]).toEqual([200, 401]);
    users('new');
    expect(await ask('old', '/-/reload', 'POST')).toBe(200);
    expect([await ask('old'), await ask('new')]).toEqual([401, 200]);
    agent.process.kill('SIGTERM');
    expect(await agent.exited).toBe(0);
  }, 120_000);

  it.skipIf(!hasProgram('snmptrap'))(
    'users of the trap receiver: the new one is heard, the old one is not (needs snmptrap)',
    async () => {
      const file = `${space.folder}/alerts.json`;
      const traps = `127.0.0.1:${await freeUdpPort()}`;
      const write = (user: string) =>
        space.write(
          'users-of-traps.yaml',
          `traps: { listen: "${traps}", unknown: log, users: [{ name: ${user}, auth: { protocol: sha, key: canary-auth } }] }\nalert_output: { file: ${file} }\nbackends:\n${ARRAY}`,
        );
      await using agent = await startAgent(write('old'));
      const send = (user: string) =>
        runProgram('snmptrap', [
          '-v3', '-l', 'authNoPriv', '-u', user, '-a', 'SHA', '-A', 'canary-auth',
          '-e', '0x8000000001020304', traps, '0', '1.3.6.1.6.3.1.1.5.1',
        ]); // prettier-ignore
      const refused = (wanted: number) =>
        eventually(
          `${wanted} refused`,
          async () => {
            const samples = parseExposition((await agent.get('/metrics')).text);
            const labels = { error_type: 'unknown_user' };
            const found = valueOf(samples, 'delfin_trap_dropped_total', labels);
            return found === wanted ? true : undefined;
          },
          PATIENT_MS,
        );
      const heard = (wanted: number) =>
        eventually(
          `${wanted} heard`,
          () => {
            const records = readFileSync(file, 'utf8').split('snmp.trap"').length - 1;
            return records === wanted ? true : undefined;
          },
          PATIENT_MS,
        );
      await send('old');
      await heard(1);
      await send('new');
      await refused(1);
      write('new');
      expect((await agent.get('/-/reload', { method: 'POST' })).status).toBe(200);
      await send('new');
      await heard(2);
      await send('old');
      await refused(2);
      await heard(2);
    },
    180_000,
  );

  it('of otlp and agent_id: alerts that are known are not told again', async () => {
    await using receiver = await startReceiver();
    const write = (more: string) =>
      space.write(
        'alerts.yaml',
        `otlp: { endpoint: "${receiver.endpoint}", protocol: http/json${more}\nbackends:\n${ARRAY}`,
      );
    await using agent = await startAgent(write(' }\nagent_id: one'));
    const records = () => JSON.stringify(receiver.logBodies()).split('"timeUnixNano"').length - 1;
    const rounds = async () =>
      valueOf(parseExposition((await agent.get('/metrics')).text), 'delfin_collection_runs_total', {
        storage_system_name: 'a',
        delfin_collection_kind: 'alerts',
      }) ?? 0;
    const threeRounds = async () => {
      const before = await rounds();
      await eventually(
        'rounds',
        async () => ((await rounds()) >= before + 3 ? true : undefined),
        PATIENT_MS,
      );
    };
    await eventually('records', () => (records() > 0 ? true : undefined), PATIENT_MS);
    await threeRounds();
    const told = records();
    const uids = new Set(JSON.stringify(receiver.logBodies()).match(/[0-9a-f-]{32,36}/g));
    expect(uids.size).toBeGreaterThan(0);
    for (const more of [
      ' }\nagent_id: two',
      ', headers: { x-tenant: blue } }\nagent_id: two',
      ', export_interval: 10s }\nagent_id: two\nservice_namespace: here',
    ]) {
      write(more);
      const { status, text } = await agent.get('/-/reload', { method: 'POST' });
      expect([status, text]).toEqual([200, expect.stringContaining('applied')]);
      expect(text).not.toContain('started');
      await threeRounds();
    }
    expect(records()).toBe(told);
    // The way to the receiver is open: its own numbers went there with the new header.
    await eventually(
      'the new header',
      () =>
        receiver.requests.some(({ headers }) => headers['x-tenant'] === 'blue') ? true : undefined,
      PATIENT_MS,
    );
  }, 240_000);
});
