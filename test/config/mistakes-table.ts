/** Configurations that can't work, each with the line and the words that are said of it. */

const FAKE = 'vendor: fake_storage, model: fake_driver';
const B = `backends: [{ name: a, ${FAKE} }]`;
const backend = (more: string) => `backends:\n  - { name: a, ${FAKE}, ${more} }\n`;
const otlp = (more: string) => `otlp: { ${more} }\n${B}\n`;
const rest = (more: string) =>
  `backends:\n  - { name: a, vendor: huawei, model: oceanstor, rest: { host: 192.0.2.5, username: u, password: p, ${more} } }\n`;
const certified = (more: string) =>
  `backends:\n  - { name: a, vendor: netapp, model: ontap, rest: { host: 192.0.2.5, ${more} } }\n`;
const host = (written: string) =>
  `backends:\n  - { name: a, vendor: huawei, model: oceanstor, rest: { username: u, password: p, host: ${written} } }\n`;
const ssh = (more: string) =>
  `backends:\n  - { name: a, vendor: ibm, model: storwize_svc, ssh: { host: 192.0.2.5, username: u, ${more} } }\n`;
const secret = (written: string) =>
  `backends:\n  - name: a\n    ${FAKE.replace(', ', '\n    ')}\n    fake:\n      password: ${written}\n`;
const KEY = `ssh-ed25519 ${Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from('ssh-ed25519'), Buffer.alloc(36, 7)]).toString('base64')}`;

/** What the file is about -> its content, line and words of the one problem. */
export const MISTAKES: readonly (readonly [string, string, number, RegExp])[] = [
  // YAML
  ['a bracket left open', 'backends:\n  - { name: a\n', 3, /close (what is open|the bracket before) \(fix the YAML\)$/],
  ['a tab', `listen: 127.0.0.1:1\n\tworkers: 1\n${B}\n`, 2, /fix the YAML/],
  ['a key twice', `listen: 127.0.0.1:1\nlisten: 127.0.0.1:2\n${B}\n`, 2, /stands here twice; keep one/],
  ['two documents', `${B}\n---\nlisten: 127.0.0.1:1\n`, 2, /one file, one document/],
  ['a secret that begins @', secret('@bc-hidden'), 6, /put a text that begins with .* in quotes/],
  ['a secret that begins !', secret('!hidden'), 6, /an unknown tag; put a text .* in quotes/],
  ['a secret that begins *', secret('*hidden'), 6, /\* begins an alias, .* in quotes/],
  ['a secret that begins &', secret('&hidden rest'), 6, /& begins an anchor, .* in quotes/],
  ['a secret that begins %', secret('%hidden'), 6, /in quotes \(fix the YAML\)/],
  ['a secret that begins `', secret('`hidden'), 6, /in quotes \(fix the YAML\)/],
  ['a secret with ": "', secret('hidden: x'), 6, /a second ": " in one line/],
  ['an anchor that is not there', `x-defaults: &defaults { performance: { interval: 1m } }\nbackends:\n  - { <<: *defaultz, name: a, ${FAKE} }\n`, 3, /no anchor &defaultz .*did you mean \*defaults\?/],
  ['a merge of what is no mapping', `x-list: &list [1]\nbackends:\n  - { <<: *list, name: a, ${FAKE} }\n`, 3, /<< takes mappings only/],
  ['aliases without end', `x-a: &a [x, x, x, x, x, x, x, x, x]\nx-b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nx-c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\nx-d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]\nx-e: [*d, *d, *d, *d, *d, *d, *d, *d, *d]\n${B}\n`, 1, /its aliases .* multiply without end/],
  ['a list as the file', '- a\n', 1, /the file must be a mapping/],
  ['nothing', '', 1, /no backends \(list at least one array\)/],
  // Keys
  ['an unknown key', `lisen: 127.0.0.1:1\n${B}\n`, 1, /unknown key "lisen" \(did you mean listen/],
  ['a key in the wrong place', backend('interval: 5m'), 2, /unknown key "interval" \(write it below inventory or performance or alerts\)/],
  ['a secret with a comma', `backends:\n  - { name: a, ${FAKE}, fake: { password: abc,hidden } }\n`, 2, /a word that is no key \(put a text that holds a comma in quotes/],
  ['a block without keys', `otlp:\n${B}\n`, 1, /otlp must be a mapping: write its keys below it, or remove it/],
  ['a backend that is a text', 'backends: [ a ]\n', 1, /a backend must be a mapping/],
  ['no vendor, and an unknown key', 'backends:\n  - { name: a, model: oceanstor, rset: { } }\n', 2, /missing key "vendor"|unknown key "rset" \(did you mean rest/],
  ['an unknown driver', 'backends:\n  - { name: a, vendor: huawai, model: oceanstor }\n', 2, /did you mean "huawei oceanstor"/],
  ['two backends of one name', `backends:\n  - { name: a, ${FAKE} }\n  - { name: a, ${FAKE} }\n`, 3, /the name "a" is taken by the backend at .*:2/],
  ['a name with a line break', `backends:\n  - { name: "a\\nb", ${FAKE} }\n`, 2, /name has a line break or a control character/],
  // Types
  ['a duration without unit', backend('inventory: { interval: 60 }'), 2, /interval must have a unit: write 60s/],
  ['a port in quotes', rest('port: "8088"'), 2, /port must be a whole number from 1 to 65535: write 8088 without quotes/],
  ['a number as a password', secret('12345678'), 6, /password must be text: put it in quotes/],
  ['an empty password', secret('""'), 6, /password must not be empty/],
  ['a switch in words', backend('alerts: { enabled: "no" }'), 2, /enabled must be true or false: write false, without quotes/],
  ['a text where a list belongs', `drivers: ./mine.ts\n${B}\n`, 1, /drivers must be a list: write \[ "\.\/mine\.ts" \]/],
  ['a port alone as address', `listen: 8080\n${B}\n`, 1, /listen must be host:port: write 127\.0\.0\.1:8080/],
  ['a port alone for traps', `traps: { listen: 162 }\n${B}\n`, 1, /listen must be host:port: write 127\.0\.0\.1:162/],
  ['an address without port', `traps: { listen: 127.0.0.1 }\n${B}\n`, 1, /listen has the wrong form; write host:port/],
  ['workers as a word', `workers: many\n${B}\n`, 1, /workers must be auto or a whole number from 0 to 64/],
  ['a resource in the plural', backend('performance: { resources: [volumes] }'), 2, /did you mean volume\?/],
  ['a list that is none', backend('inventory: { exclude: [volume] }'), 2, /did you mean volumes\?/],
  // Numbers
  ['an interval of a year', backend('alerts: { interval: 365d }'), 2, /interval must be from 1s to 1d: write 1d or less, or enabled: false for never/],
  ['an inventory once in a month', backend('inventory: { interval: 30d }'), 2, /must be from 1s to 1d/],
  ['an interval of 1 ms', backend('performance: { interval: 1ms }'), 2, /must be from 1s to 1d: write 1s or more/],
  ['an interval of nothing', backend('performance: { interval: 0s }'), 2, /must be from 1s to 1d/],
  ['an export once in a month', otlp('export_interval: 30d'), 1, /write 1d or less, or metrics: false/],
  ['a deadline of a day', otlp('timeout: 1d'), 1, /timeout must be from 100ms to 10m/],
  ['a call of a day', backend('budget: { call_timeout: 1d }'), 2, /call_timeout must be from 1s to 1h/],
  ['a heap of a byte', `worker_heap: 1B\n${B}\n`, 1, /worker_heap must be from 64MiB to 64GiB: write 64MiB or more/],
  ['a queue of a byte', otlp('queue: 1B'), 1, /queue must be from 1MiB to 64GiB/],
  ['65 requests at once', backend('budget: { max_in_flight: 65 }'), 2, /max_in_flight must be from 1 to 64/],
  ['no series', backend('budget: { max_series: 0 }'), 2, /max_series must be from 1 to/],
  ['a port that is none', `listen: 127.0.0.1:70000\n${B}\n`, 1, /listen has no such port: write one from 0 to 65535/],
  ['a thousand files', `alert_output: { stdout: true, max_files: 1000 }\n${B}\n`, 1, /max_files must be from 1 to 100/],
  // Labels
  ...(
    [
      ['site-name', 'write site_name'],
      ['1a', 'write array_1a'],
      ['site name', 'write site_name'],
      ['Größe', 'write Grosse'],
      ['a.b', 'write a_b'],
      ['__name__', 'belong to Prometheus \\(write name\\)'],
      ['storage_system_name', 'is made by the agent.*write name'],
      ['job', 'write array_job'],
      ['instance', 'write array_instance'],
      ['le', 'write array_le'],
      ['service_name', 'write name'],
      ['otel_scope_name', 'write scope_name'],
      ['telemetry_sdk_language', 'write sdk_language'],
    ] as const
  ).map(
    ([key, words]) =>
      [`the label ${key}`, backend(`labels: { "${key}": x }`), 2, new RegExp(words)] as const,
  ),
  ['two labels that become one', backend('labels: { a_b: x, a.b: y }'), 2, /a_b is what it becomes, and stands here already/],
  // Hosts
  ['a host with a scheme', host('"https://192.0.2.5"'), 2, /host is a host alone, without a scheme: write host: 192\.0\.2\.5/],
  ['a host with a port', host('"array.example.com:8088"'), 2, /write host: array\.example\.com and port: 8088/],
  ['a host with all of a URL', host('"https://admin:hidden@array:8088/x"'), 2, /write host: array and port: 8088$/],
  ['a host with a path', host('array/api'), 2, /without a path: write host: array/],
  ['a host with a blank', host('"array "'), 2, /has blanks around it: write array/],
  ['an address with 256', host('192.0.2.256'), 2, /host is no address: four numbers from 0 to 255/],
  ['a host in other letters', host('größe.example.com'), 2, /write xn--gr/],
  ['a trap source with a port', backend('alerts: { trap_sources: ["192.0.2.5:162"] }'), 2, /write host: 192\.0\.2\.5 and port: 162/],
  ['http to another machine', rest('scheme: http'), 2, /scheme http sends the password readable to 192\.0\.2\.5: write https/],
  // OTLP
  ['an endpoint without scheme', otlp('endpoint: "localhost:4318"'), 1, /write http:\/\/localhost:4318 or https/],
  ['an endpoint without host', otlp('endpoint: "http://"'), 1, /names no host: write http:\/\/HOST:4318/],
  ['two ports', otlp('endpoint: "http://otel:4318:4318"'), 1, /has two ports: keep one/],
  ['a digit too many', otlp('endpoint: "http://127.0.0.1:431800"'), 1, /no such port: write one from 1 to 65535, usually 4318/],
  ['a blank in a URL', otlp('endpoint: "http://otel collector:4318"'), 1, /has a blank in it/],
  ['gRPC by its scheme', otlp('endpoint: "grpc://otel:4317"'), 1, /must begin http:\/\/ or https:\/\//],
  ['a protocol there is not', otlp('protocol: udp'), 1, /protocol must be one of http\/protobuf, http\/json, grpc/],
  ['a password in a URL', otlp('endpoint: "http://shipper:hidden@127.0.0.1:4318"'), 1, /must not hold an account or a password: write them as a header/],
  ['a token in a URL', otlp('endpoint: "http://127.0.0.1:4318?token=hidden"'), 1, /is a base, .*: write http:\/\/127\.0\.0\.1:4318, .* as headers/],
  ['the path that is appended', otlp('endpoint: "http://otel:4318/v1/metrics"'), 1, /is appended: write http:\/\/otel:4318$/],
  ['a header with a line break', otlp('headers: { authorization: "Basic aGlk\\nZGVu" }'), 1, /line break \(base64 wraps its lines: make it with base64 -w0\)/],
  ['a header name with a colon', otlp('headers: { "authorization:": hidden }'), 1, /no name of a header/],
  ['a header of its own', otlp('headers: { Content-Type: text/plain }'), 1, /content-type is the agent's own/],
  ['a header twice', otlp('headers: { X-Scope: a, x-scope: b }'), 1, /stands here twice/],
  ['a token over http', otlp('endpoint: "http://192.0.2.10:4318", headers: { authorization: hidden }'), 1, /would cross the network readable, to 192\.0\.2\.10: write https, or insecure: true/],
  ['a certificate without key', otlp('cert: ./cert.pem'), 1, /cert needs key: a client certificate is a pair/],
  ['a key of another certificate', otlp('cert: ./cert.pem, key: ./other.pem'), 1, /does not fit the certificate/],
  // Client certificates of arrays
  ['no credential at all', certified('port: 443'), 2, /no credential \(set username and password, or cert and key\)/],
  ['a user without password', certified('username: u'), 2, /username needs password/],
  ['a password without user', certified('password: hidden'), 2, /password needs username/],
  ['a client certificate without key', certified('cert: ./cert.pem'), 2, /cert needs key: a client certificate is a pair/],
  ['a key of another client certificate', certified('cert: ./cert.pem, key: ./other.pem'), 2, /does not fit the certificate/],
  // References
  ['a variable that is not set', secret('"${env:NOT_SET}"'), 6, /the environment variable NOT_SET is not set/],
  ['${X}', secret('"${OCEANSTOR_PASSWORD}"'), 6, /no reference \(write \$\{env:OCEANSTOR_PASSWORD\}/],
  ['$X', secret('"$OCEANSTOR_PASSWORD"'), 6, /password is sent as it stands: write \$\{env:OCEANSTOR_PASSWORD\}/],
  ['${ENV:X}', secret('"${ENV:OCEANSTOR_PASSWORD}"'), 6, /write \$\{env:OCEANSTOR_PASSWORD\}/],
  ['${env: X}', secret('"${env: OCEANSTOR_PASSWORD}"'), 6, /write \$\{env:OCEANSTOR_PASSWORD\}/],
  ['a reference left open', secret('"${env:OCEANSTOR_PASSWORD"'), 6, /write \$\{env:OCEANSTOR_PASSWORD\}/],
  ['a secret file that is not there', secret('"${file:./gone}"'), 6, /cannot read .*gone \(there is no such file/],
  ['a credential without systemd', secret('"${credential:array}"'), 6, /LoadCredential=array:PATH/],
  ['a secret of two lines', secret('"${file:./two-lines}"'), 6, /password has a line break in it/],
  // Files
  ['an authority that is no PEM', rest('ca: ./two-lines'), 2, /ca .*two-lines: it holds no certificate in PEM form/],
  ['an authority that is a key', rest('ca: ./other.pem'), 2, /it holds a private key, no certificate/],
  ['an authority that is a folder', rest('ca: .'), 2, /it is a folder: name a file/],
  ['an authority cut off', rest('ca: ./broken.pem'), 2, /certificate 1 in it is broken/],
  ['an alert file nowhere', `alert_output: { file: ./gone/alerts.jsonl }\n${B}\n`, 1, /there is no folder .*gone for file: create it/],
  ['an alert file that is a folder', `alert_output: { file: . }\n${B}\n`, 1, /is a folder: name a file in it/],
  ['a web file with mistakes', `web_config: ./web.yaml\n${B}\n`, 1, /web\.yaml/],
  ['a driver that is not there', `drivers: [ "@acme/none" ]\n${B}\n`, 1, /no package @acme\/none is installed/],
  // Credentials of arrays
  ['no host key', ssh('password: p'), 2, /no host key is known/],
  ['no credential', ssh(`host_key: "${KEY}"`), 2, /no credential \(set password or private_key\)/],
  ['a host key that is cut', ssh('password: p, host_key: "ssh-ed25519 AAAAC3Nz"'), 2, /host_key is cut or damaged/],
  ['known hosts without this one', ssh('password: p, known_hosts: ./known_hosts'), 2, /has no line for 192\.0\.2\.5: add what ssh-keyscan 192\.0\.2\.5 prints/],
  ['a private key that is none', ssh(`host_key: "${KEY}", private_key: ./two-lines`), 2, /holds no private key that SSH takes/],
  ['a pass phrase of nothing', ssh(`host_key: "${KEY}", password: p, passphrase: q`), 2, /passphrase opens a private_key, and there is none/],
  ['two kinds of trust', rest(`insecure: true, fingerprint: "sha256:${'ab'.repeat(32)}"`), 2, /fingerprint and insecure exclude each other/],
  ['SNMP without community', 'backends:\n  - { name: a, vendor: generic, model: snmp_host, snmp: { host: h } }\n', 2, /version v2c needs a community/],
  ['SNMP with DES', 'backends:\n  - { name: a, vendor: generic, model: snmp_host, snmp: { host: h, version: v3, user: { name: u, auth: { protocol: sha, key: long-enough }, priv: { protocol: des, key: long-enough } } } }\n', 2, /protocol must be one of aes, aes256b, aes256r/],
  ['a trap user with priv alone', `traps: { users: [ { name: u, priv: { key: long-enough } } ] }\n${B}\n`, 1, /priv needs auth/],
  ['a relay by its name', `traps: { relays: [ relay.example.com ] }\n${B}\n`, 1, /relays must be an address, such as 192\.0\.2\.7/],
  ['a community of 256 bytes', `traps: { communities: [ ${'c'.repeat(256)} ] }\n${B}\n`, 1, /not have more than 255 bytes/],
  ['a zone that is none', backend('timezone: Mars/Olympus'), 2, /write an IANA zone/],
]; // prettier-ignore
