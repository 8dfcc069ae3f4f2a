import { describe, expect, it } from 'vitest'
import { readPostgresAddress } from './address.ts'

const read = (url: string) => readPostgresAddress(url, (one) => new URL(one))

describe('readPostgresAddress', () => {
  const readable: [url: string, urls: readonly string[], isLocal: boolean][] = [
    ['postgres://db.example/app', ['postgres://db.example/app'], false],
    ['postgresql://localhost:5433/app', ['postgresql://localhost:5433/app'], true],
    ['postgres://127.0.0.2/app', ['postgres://127.0.0.2/app'], true],
    ['postgres://[::1]:5432/app', ['postgres://[::1]:5432/app'], true],
    ['postgres:///app', ['postgres:///app'], true],
    ['postgres:///app?host=/run/postgresql', ['postgres:///app?host=/run/postgresql'], true],
    ['postgres:///app?host=db.example', ['postgres:///app?host=db.example'], false],
    [
      'postgres://u:p%40ss@one,two:5433/app?target_session_attrs=read-write',
      [
        'postgres://u:p%40ss@one/app?target_session_attrs=read-write',
        'postgres://u:p%40ss@two:5433/app?target_session_attrs=read-write',
      ],
      false,
    ],
    [
      'postgres://u:a,b@c@[2001:db8::1]:5432,[2001:db8::2]/app',
      ['postgres://u:a,b@c@[2001:db8::1]:5432/app', 'postgres://u:a,b@c@[2001:db8::2]/app'],
      false,
    ],
    ['postgres://localhost:1,localhost:2/app', ['postgres://localhost:1/app', 'postgres://localhost:2/app'], true],
  ]
  it.each(readable)('reads %s', (url, urls, isLocal) => {
    expect(read(url)).toEqual({ urls, isLocal })
  })

  it.each([
    'postgres://u:hunter2@one,,two/app',
    'postgres://u:hunter2@one,/app',
    'postgres://u:hunter2@one:x/app',
    'postgres://u:hunter2@one/app?target_session_attrs=standby',
  ])('refuses %s and does not repeat it', (url) => {
    try {
      read(url)
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ code: 'database_invalid', message: expect.not.stringContaining('hunter2') })
    }
  })
})
