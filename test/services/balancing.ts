import { documented } from './documented.ts'
import { type Place, type ProxyName, type RunningProxy, startProxy } from './proxy.ts'

const heading = '## Several nodes behind nginx, Caddy or HAProxy'

/** The lines of docs/operations.md, with other addresses. */
const lines: Readonly<Record<ProxyName, (place: Place, nodes: Readonly<Record<string, string>>) => string>> = {
  nginx: ({ port }, nodes) =>
    documented('nginx', heading, { ...nodes, 'listen 80;': `listen 127.0.0.1:${port};` }, 'operations'),
  Caddy: ({ port }, nodes) =>
    documented('caddy', heading, { ...nodes, 'id.example {': `http://:${port} {\n    bind 127.0.0.1` }, 'operations'),
  HAProxy: ({ port }, nodes) =>
    documented('haproxy', heading, { ...nodes, 'bind :80': `bind 127.0.0.1:${port}` }, 'operations'),
}

/** How long nodes wait after SIGTERM, and how long proxies keep idle connections, which must be shorter. */
export interface Times {
  readonly delaySeconds: number
  readonly keepAliveSeconds: number
}

export const documentedTimes: Times = { delaySeconds: 10, keepAliveSeconds: 5 }

/** Starts a proxy in front of two nodes, configured as on the page, but with the given times. */
export function startBalancer(
  name: ProxyName,
  ports: readonly [number, number],
  { keepAliveSeconds }: Times,
  folder: string,
): Promise<RunningProxy> {
  const nodes = { '10.0.0.1:3000': `127.0.0.1:${ports[0]}`, '10.0.0.2:3000': `127.0.0.1:${ports[1]}` }
  return startProxy(name, folder, (place) =>
    lines[name](place, nodes).replace(/(keepalive_timeout|keepalive|pool-purge-delay) 5s/, `$1 ${keepAliveSeconds}s`),
  )
}
