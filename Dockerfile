# syntax=docker/dockerfile:1
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim AS agent
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY src ./src
COPY drivers ./drivers
COPY config.example.yaml /etc/delfin-agent/config.yaml
# What is compiled once is kept in the image: a start costs less time and memory.
ENV XDG_CACHE_HOME=/app/.cache
RUN install -d -o node -g node /app/.cache && ln -s /app/src/main.js /usr/local/bin/delfin-agent
# By number: Kubernetes can see that it is not root. The root file system may be read-only.
USER 1000:1000
RUN delfin-agent run --once --config.file /etc/delfin-agent/config.yaml > /dev/null
EXPOSE 10790/tcp 1162/udp
# The listen address is the pod's own: publish or proxy it deliberately.
ENTRYPOINT ["delfin-agent"]
CMD ["run", "--config.file", "/etc/delfin-agent/config.yaml", "--web.listen-address", "0.0.0.0:10790"]
# Over http or https, whichever it speaks; with client certificates set web_health: open.
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s CMD ["delfin-agent", "health"]

# Simulated arrays for the demo in deploy/compose: their code is not in the agent's image.
FROM agent AS arrays
COPY test/kit ./test/kit
COPY test/simulators ./test/simulators
USER root
RUN install -d -o node -g node /arrays
USER node
ENTRYPOINT ["node", "/app/test/simulators/arrays.ts"]
CMD []
HEALTHCHECK NONE

# What `docker build .` makes.
FROM agent
