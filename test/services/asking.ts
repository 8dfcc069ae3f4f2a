import { documented } from './documented.ts'
import { type Place, type ProxyName, type RunningProxy, startProxy, write } from './proxy.ts'

/** The ports of the servers behind a proxy that does forward auth. */
export interface Behind {
  readonly hallpass: number
  readonly app: number
}

/** A page that nginx serves itself. */
export const page = '<h1>Only for you</h1>\n'

const heading = '## Forward auth: a proxy that asks'

/** The lines of docs/services.md, with other addresses. */
const lines: Readonly<Record<ProxyName, (place: Place, behind: Behind) => string>> = {
  nginx({ folder, port, http2Port }, { hallpass, app }) {
    const locations = documented('nginx', heading, {
      '127.0.0.1:3000': `127.0.0.1:${hallpass}`,
      'http://app;': `http://127.0.0.1:${app};`,
    })
    write(folder, 'page.html', page)
    // The lines of the page must be sufficient, whatever the settings around them are.
    return `underscores_in_headers on;
ignore_invalid_headers off;
server {
  listen 127.0.0.1:${port};
  listen 127.0.0.1:${http2Port} http2;
  location = /page.html {
    auth_request /_verify;
    root ${folder};
  }
  ${locations}
}
`
  },
  Caddy({ port, http2Port }, { hallpass, app }) {
    return documented('caddy', heading, {
      'app.example {': `http://:${port}, http://:${http2Port} {\n    bind 127.0.0.1`,
      '127.0.0.1:3000': `127.0.0.1:${hallpass}`,
      'app:8080': `127.0.0.1:${app}`,
    })
  },
  HAProxy({ folder, port, http2Port }, { hallpass, app }) {
    const script = documented('lua', heading, { '127.0.0.1:3000': `127.0.0.1:${hallpass}` })
    return documented('haproxy', heading, {
      '/etc/haproxy/hallpass.lua': write(folder, 'hallpass.lua', script),
      'bind :80': `bind 127.0.0.1:${port}\n    bind 127.0.0.1:${http2Port} proto h2`,
      'app:8080': `127.0.0.1:${app}`,
    })
  },
}

/** Starts a proxy that has hallpass check each request to an application, configured as on the page. */
export function startAskingProxy(name: ProxyName, behind: Behind, folder: string): Promise<RunningProxy> {
  return startProxy(name, folder, (place) => lines[name](place, behind))
}
