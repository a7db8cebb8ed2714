#!/bin/sh
# Installs the agent as a systemd service: install.sh delfin-agent-VERSION.tgz
# The archive is what `npm run build && npm pack ./dist` makes. Needs npm (Debian: apt-get install npm);
# the Node.js that the agent needs is installed beside it. What is configured already is left alone.
# DESTDIR=/path installs below another root and leaves systemd alone.
set -eu

archive=${1:?the archive is missing: install.sh delfin-agent-VERSION.tgz}
root=${DESTDIR:-}
home=$root/opt/delfin-agent
etc=$root/etc/delfin-agent
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)

# From the archive's own folder, so that no package.json of elsewhere is taken for the project.
case $archive in /*) ;; *) archive=$PWD/$archive ;; esac
node=${NODE_PACKAGE:-node@24}
install -d -m 0755 "$home"
npm install --global --prefix "$home" --omit=dev --allow-scripts=node --no-audit --no-fund "$node" "$archive"

install -d -m 0755 "$root/usr/bin"
cat > "$root/usr/bin/delfin-agent" <<'WRAPPER'
#!/bin/sh
exec /opt/delfin-agent/bin/node --max-semi-space-size=2 \
  /opt/delfin-agent/lib/node_modules/delfin-agent/src/main.js "$@"
WRAPPER
chmod 0755 "$root/usr/bin/delfin-agent"

install -d -m 0755 "$etc"
# Passwords and keys, a file each: root's alone. systemd hands them over.
install -d -m 0700 "$etc/credentials"
if [ ! -e "$etc/config.yaml" ]; then
  install -m 0644 "$home/lib/node_modules/delfin-agent/config.example.yaml" "$etc/config.yaml"
fi

install -d -m 0755 "$root/etc/systemd/system"
for unit in delfin-agent.service delfin-agent.socket; do
  install -m 0644 "$here/$unit" "$root/etc/systemd/system/$unit"
done

if [ -z "$root" ] && [ -d /run/systemd/system ]; then
  systemctl daemon-reload
fi
echo "Edit $etc/config.yaml, then: systemctl enable --now delfin-agent"
