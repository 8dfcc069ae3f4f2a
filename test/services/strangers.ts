import type { Line } from './spellings.ts'

/** Requests that no proxy may let through. */
export const strangers: [what: string, headers: readonly Line[]][] = [
  ['nothing', []],
  [
    'the headers themselves',
    [
      ['X-Auth-User', 'admin'],
      ['X_Auth_Roles', 'admin'],
    ],
  ],
  ['an invalid token', [['Authorization', 'Bearer x']]],
  ['no token', [['Authorization', 'Bearer']]],
  ['two tokens', [['Authorization', 'Bearer a b']]],
  ['a space too many', [['Authorization', 'Bearer  x']]],
  ['letters beyond ASCII', [['Authorization', 'Bearer ä']]],
  ['another scheme', [['Authorization', 'Basic eDp5']]],
  ['too long a token', [['Authorization', `Bearer ${'x'.repeat(7000)}`]]],
  [
    'a method of its own',
    [
      ['X-Forwarded-Method', 'OPTIONS'],
      ['X-Original-Method', 'OPTIONS'],
    ],
  ],
  [
    'another address',
    [
      ['X-Forwarded-Uri', '/public'],
      ['X-Original-URI', '/public'],
      ['X-Original-URL', '/healthz'],
    ],
  ],
  [
    'another host',
    [
      ['X-Forwarded-Host', 'id.example'],
      ['X-Forwarded-Proto', 'https'],
      ['Forwarded', 'for=127.0.0.1'],
    ],
  ],
  [
    'half of a preflight',
    [
      ['Access-Control-Request-Method', 'POST'],
      ['Origin', 'https://a.example'],
    ],
  ],
]

/** What a browser sends before a request to another site. */
export const preflight: readonly Line[] = [
  ['Origin', 'https://page.example'],
  ['Access-Control-Request-Method', 'PUT'],
  ['Access-Control-Request-Headers', 'authorization'],
]

/** Requests that resemble a preflight but are not one. */
export const almostPreflights: [what: string, method: string, headers: readonly Line[]][] = [
  ['OPTIONS without an origin', 'OPTIONS', preflight.slice(1)],
  ['OPTIONS without a method', 'OPTIONS', preflight.slice(0, 1)],
  ['OPTIONS alone', 'OPTIONS', []],
  ['its headers with POST', 'POST', preflight],
  ['its headers with POST, which says to be OPTIONS', 'POST', [...preflight, ['X-HTTP-Method-Override', 'OPTIONS']]],
  ['its headers with POST, forwarded as OPTIONS', 'POST', [...preflight, ['X-Forwarded-Method', 'OPTIONS']]],
]
