import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { readPostgresAddress } from './address.ts'

/** What the driver reads from the addresses that hallpass gives it. */
function drive(url: string): readonly string[] {
  return readPostgresAddress(url).urls.map((connectionString) => {
    const { host, port, user, password, database } = new pg.Client({ connectionString })
    return [host, port, user || 'me', password ?? '', database || 'me'].join(' | ')
  })
}

describe('readPostgresAddress', () => {
  const readable: [url: string, driven: readonly string[], isLocal: boolean][] = [
    ['postgres://ann@db.example/app', ['db.example | 5432 | ann |  | app'], false],
    ['postgresql://ann@localhost:5433/app', ['localhost | 5433 | ann |  | app'], true],
    ['postgres://ann@127.0.0.2/app', ['127.0.0.2 | 5432 | ann |  | app'], true],
    ['postgres://ann@[::1]:5433/app', ['::1 | 5433 | ann |  | app'], true],
    ['postgres://ann@/app?host=::1&port=5433', ['::1 | 5433 | ann |  | app'], true],
    ['postgres://ann@[2001:db8::1]/app', ['2001:db8::1 | 5432 | ann |  | app'], false],
    // Several hosts, with a port each or one for all.
    [
      'postgres://ann:p%40ss@one,two:5433/app?target_session_attrs=read-write',
      ['one | 5432 | ann | p@ss | app', 'two | 5433 | ann | p@ss | app'],
      false,
    ],
    [
      'postgres://ann:a,b@c@[2001:db8::1]:5432,[2001:db8::2]/app',
      ['2001:db8::1 | 5432 | ann | a,b@c | app', '2001:db8::2 | 5432 | ann | a,b@c | app'],
      false,
    ],
    ['postgres://ann@/app?host=one,two&port=1,2', ['one | 1 | ann |  | app', 'two | 2 | ann |  | app'], false],
    ['postgres://ann@/app?host=one,two&port=7', ['one | 7 | ann |  | app', 'two | 7 | ann |  | app'], false],
    // The directory of a socket.
    ['postgres://ann@/app?host=/run/postgresql', ['/run/postgresql | 5432 | ann |  | app'], true],
    ['postgres://ann@/app?host=/run/my%20sockets&port=5433', ['/run/my sockets | 5433 | ann |  | app'], true],
    ['postgres://ann@%2Frun%2Fpostgresql:5433/app', ['/run/postgresql | 5433 | ann |  | app'], true],
    // A port before the slash stays if only the host is among the parameters.
    ['postgres://ann@x:5433/app?host=/tmp', ['/tmp | 5433 | ann |  | app'], true],
    ['postgres://ann@x:5433/app?host=/tmp&port=', ['/tmp | 5433 | ann |  | app'], true],
    ['postgres://ann@x:5433/app?host=/tmp&port=5434', ['/tmp | 5434 | ann |  | app'], true],
    ['postgres://ann@x:5433/app?port=', ['x | 5433 | ann |  | app'], false],
    ['postgres://ann@x:5433/app?host=', ['x | 5433 | ann |  | app'], false],
    ['postgres://ann:pw@:5433/app?host=/run/postgresql', ['/run/postgresql | 5433 | ann | pw | app'], true],
    ['postgres://ann:pw@:5433/app?host=127.0.0.1', ['127.0.0.1 | 5433 | ann | pw | app'], true],
    ['postgres://ann@[::1]:5433/app?host=::2', ['::2 | 5433 | ann |  | app'], false],
    ['postgres://ann@:7/app?host=one,two', ['one | 7 | ann |  | app', 'two | 7 | ann |  | app'], false],
    ['postgres://ann@x:1,y:2/app?host=one,two', ['one | 1 | ann |  | app', 'two | 2 | ann |  | app'], false],
    ['postgres://ann@x,y:2/app?host=one,two', ['one | 5432 | ann |  | app', 'two | 2 | ann |  | app'], false],
    ['postgres://ann@x,y/app?host=one', ['one | 5432 | ann |  | app'], false],
    // Percent signs, in escapes and literal.
    ['postgres://ann:50%off now@db/app', ['db | 5432 | ann | 50%off now | app'], false],
    ['postgres://ann:%2F%zz%@db/app', ['db | 5432 | ann | /%zz% | app'], false],
    ['postgres://a%3Ann:100%25@db/a%2Fb%20c', ['db | 5432 | a:nn | 100% | a/b c'], false],
    // The driver fills in what is missing.
    ['postgres:///app', ['localhost | 5432 | me |  | app'], true],
    ['postgres://:5433/app', ['localhost | 5433 | me |  | app'], true],
    ['postgres://ann@db', ['db | 5432 | ann |  | ann'], false],
    ['postgres://ann@db:/', ['db | 5432 | ann |  | ann'], false],
    ['postgres://', ['localhost | 5432 | me |  | me'], true],
    // The driver must not send it when it connects.
    ['postgres://ann@db/app?statement_timeout=1000', ['db | 5432 | ann |  | app'], false],
  ]
  it.each(readable)('reads %s', (url, driven, isLocal) => {
    expect(readPostgresAddress(url)).toMatchObject({ isLocal, mistakes: [] })
    expect(drive(url)).toEqual(driven)
  })

  const refused: [url: string, mistakes: readonly RegExp[]][] = [
    ['postgres://ann:hunter2@one,,two/app', [/comma with no host/]],
    ['postgres://ann:hunter2@one,/app', [/comma with no host/]],
    ['postgres://ann:hunter2@one:x/app', [/port/]],
    ['postgres://ann:hunter2@one:99999/app', [/port .*65535/]],
    ['postgres://ann:hunter2@one:0/app', [/port/]],
    ['postgres://ann:hunter2@2001:db8::1/app', [/brackets/]],
    ['postgres://ann:hunter2@[one]/app', [/brackets/]],
    ['postgres://ann:hunter2@[fe80::1%25eth0]/app', [/zone/]],
    ['postgres://ann:hunter2@on e/app', [/host that cannot be read/]],
    ['postgres://ann:hunter2@/app?host=run/postgresql', [/host=\/run/]],
    ['postgres://ann:hunter2@/app?host=one,two,three&port=1,2', [/3 hosts and 2 ports/]],
    ['postgres://ann:hunter2@x:1,y:2/app?host=one', [/1 hosts and 2 ports/]],
    ['postgres://ann:hunter2@x:99999/app?host=/tmp', [/port .*65535/]],
    ['postgres://ann:hunter2%ff@one/app', [/%25/]],
    ['postgres://ann:hunter2%ff@one/a%3Fb', [/%25/]],
    ['postgres://ann:hunter2@one/a%3Fb', [/\?/]],
    ['postgres://ann:hunter2#@one/app', [/%23/]],
    ['postgres://ann:hunter2/@one/app', [/%2F/]],
    ['postgres://ann:hunter2?@one/app', [/%3F/]],
    ['postgres://ann:hunter2@one/app?target_session_attrs=standby', [/target_session_attrs/]],
    ['postgres://ann:hunter2@one/app?sslmode=requird', [/sslmode/]],
    ...['', '0', '999', '600001', '5s', '1e3', '-1'].map((limit): [url: string, mistakes: readonly RegExp[]] => [
      `postgres://ann:hunter2@one/app?statement_timeout=${limit}`,
      [/statement_timeout .*1000 to 600000/],
    ]),
    ['postgres://ann:hunter2@one/app?lock_timeout=1000', [/sets lock_timeout, .*statement_timeout/]],
    [
      'postgres://ann:hunter2@one/app?idle_in_transaction_session_timeout=1000&lock_timeout=1000',
      [/sets lock_timeout/, /sets idle_in_transaction_session_timeout/],
    ],
    [
      'postgres://ann:hunter2%ff@one:99999,,two/app?sslmode=x&sslcert=/nowhere/a&sslkey=/nowhere/b',
      [/comma/, /port/, /sslmode/, /sslcert/, /sslkey/, /%25/],
    ],
  ]
  const limits: [parameters: string, milliseconds: number][] = [
    ['', 5000],
    ['?statement_timeout=1000', 1000],
    ['?sslmode=require&statement_timeout=600000', 600_000],
  ]
  it.each(limits)('gives a statement its time with %j', (parameters, milliseconds) => {
    const { statementMilliseconds, urls } = readPostgresAddress(`postgres://ann@one,two/app${parameters}`)
    expect(statementMilliseconds).toBe(milliseconds)
    expect(urls.join()).not.toContain('statement_timeout')
  })

  it.each(refused)('refuses %s, states everything that is wrong, and does not repeat the address', (url, mistakes) => {
    const found = readPostgresAddress(url).mistakes
    expect(found).toEqual(mistakes.map((one) => expect.stringMatching(one)))
    expect(found.join()).not.toContain('hunter2')
  })
})
