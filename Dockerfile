FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

# Production packages only, and without the optional ones: those are the embedded PostgreSQL, which a
# container has no use for (DATABASE_URL names a real one).
FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional && npm cache clean --force

FROM node:24-bookworm-slim
# HOST needs PUBLIC_URL beside it, and an AUTH_MODE other than local: without them the start is refused.
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data
WORKDIR /app
# 1000 is the image's own user `node`, as a number so that Kubernetes can see that it is not root.
RUN install -d -o 1000 -g 1000 -m 0700 /data
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
USER 1000:1000
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 8000) + '/health/live', { signal: AbortSignal.timeout(4000) }).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Node is process 1 and gets SIGTERM itself. It drains for SHUTDOWN_DELAY_S + SHUTDOWN_TIMEOUT_S (30 s),
# longer than Docker waits by default: `docker stop -t 40`.
# The flags are those of `npm start`: a heap that is collected earlier, at no cost that could be measured.
CMD ["node", "--max-semi-space-size=8", "--heap-growing-percent=30", "dist/main.js"]
