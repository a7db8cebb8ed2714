"""Delfin's driver of VENDOR MODEL lists the volumes of the array whose access block comes on standard
input COUNT times; prints {"volumes", "first", "last"} with the seconds, or {"error"}, as its last line.

usage: peer-delfin.py CHECKOUT 'VENDOR MODEL' COUNT
"""
import base64
import importlib
import json
import os
import re
import sys
import time

checkout, key, count = sys.argv[1:]
access = json.load(sys.stdin)
sys.path.insert(0, checkout)
# A bundle of the environment would take the place of verify=False.
for name in ('REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'):
    os.environ.pop(name, None)


def driver_class():
    with open(os.path.join(checkout, 'setup.py')) as setup:
        entry = re.search(r"'%s = ([\w.]+):(\w+)'" % re.escape(key), setup.read())
    if entry is None:
        raise LookupError('Delfin has no driver for %s' % key)
    module, name = entry.groups()
    return getattr(importlib.import_module(module), name)


def arguments():
    vendor, model = key.split()
    given = {'storage_id': 'array', 'vendor': vendor, 'model': model, 'verify': False}
    for kind in ('rest', 'ssh'):
        if kind in access:
            secret = access[kind].get('password') or access[kind].get('api_token', '')
            password = base64.b64encode(secret.encode()).decode()
            given[kind] = {**access[kind], 'password': password}
    if 'array_id' in access:
        given['storage_name'] = access['array_id']
    return given


try:
    from delfin.common import config  # noqa: F401  registers the options
    from delfin import context

    chosen, given = driver_class(), arguments()
    ctx = context.RequestContext()
    ctx.storage_id = given['storage_id']
    driver, times = None, []
    for _ in range(int(count)):
        started = time.monotonic()
        driver = driver or chosen(**given)
        volumes = len(driver.list_volumes(ctx))
        times.append(time.monotonic() - started)
    for end in ('logout', 'close_connection'):
        if callable(getattr(driver, end, None)):
            getattr(driver, end)()
    print(json.dumps({'volumes': volumes, 'first': times[0], 'last': times[-1]}))
except Exception as error:
    print(json.dumps({'error': '%s: %s' % (type(error).__name__, getattr(error, 'msg', error))}))
