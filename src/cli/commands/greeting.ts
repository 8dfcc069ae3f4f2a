import { pagesPathOf } from '../../accounts/page-settings.ts'
import type { Config } from '../../server/config/config.ts'

/** What `hallpass serve` prints in development when it listens: where to sign in, and requests to try. */
export function greetingOf(url: string, config: Pick<Config, 'pages' | 'registration'>): string {
  const pagesPath = pagesPathOf(config)
  const site = siteOf(url)
  const isOpen = config.registration === 'open'
  const alice = `-H 'Content-Type: application/json' -d '{"username": "alice", "password": "wonderland at tea time"}'`
  const register = `curl ${url}/auth/register ${alice}`
  const add =
    "echo 'wonderland at tea time' | npx hallpass users add alice # registration is closed; add --database as for this server"
  const aim = isOpen ? 'create an account and sign in' : 'sign in'
  return `
hallpass runs on ${url}.${pagesPath === undefined ? '' : ` Open ${site}${pagesPath} to ${aim}.`}

Try the HTTP API in another terminal:

  ${isOpen ? register : add}
  TOKEN=$(curl -s ${url}/auth/login ${alice} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
  curl ${url}/auth/me -H "Authorization: Bearer $TOKEN"

The HTTP API is described at ${url}/docs

`
}

/**
 * The address to open on this machine. Browsers create no passkeys for IP addresses, and over plain HTTP they drop the
 * `Secure` cookies of `0.0.0.0` and `[::]`, but keep those of `localhost`.
 */
function siteOf(url: string): string {
  return url.replace(/\/\/(?:127\.0\.0\.1|0\.0\.0\.0|\[::1?\])(?=:|$)/, '//localhost')
}
