import type { Row } from './recipe.ts'
import { callbacks } from './rows/callbacks.ts'
import { claims } from './rows/claims.ts'
import { cookieRows } from './rows/cookies.ts'
import { csrf } from './rows/csrf.ts'
import { headerSyntax } from './rows/header-syntax.ts'
import { issue } from './rows/issue.ts'
import { malformedTokens } from './rows/malformed-tokens.ts'
import { optional } from './rows/optional.ts'
import { plainGuard } from './rows/plain-guard.ts'
import { queryAndJson } from './rows/query-and-json.ts'
import { refreshFlow } from './rows/refresh-flow.ts'
import { severalLocations } from './rows/several-locations.ts'

/** What Flask-JWT-Extended does, seen from outside: a table for each topic, by the file that holds it. */
export const topics: readonly (readonly [title: string, file: string, rows: readonly Row[]])[] = [
  ['Login, issue, claims', 'issue.ts', issue],
  ['The plain guard', 'plain-guard.ts', plainGuard],
  ['Header syntax', 'header-syntax.ts', headerSyntax],
  ['Malformed and forged tokens', 'malformed-tokens.ts', malformedTokens],
  ['Claims', 'claims.ts', claims],
  ['Optional routes', 'optional.ts', optional],
  ['Blocklist, verification, user', 'callbacks.ts', callbacks],
  ['Double submit', 'csrf.ts', csrf],
  ['Cookies', 'cookies.ts', cookieRows],
  ['Query string and JSON', 'query-and-json.ts', queryAndJson],
  ['Several locations', 'several-locations.ts', severalLocations],
  ['Refresh', 'refresh-flow.ts', refreshFlow],
]

export const rows: readonly Row[] = topics.flatMap(([, , rows]) => rows)
