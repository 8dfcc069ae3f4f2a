import { describe, expect, it } from 'vitest'
import { databaseMistakes } from './addresses.ts'

describe('the address of a database', () => {
  const good = [
    'sqlite:app.db',
    'sqlite::memory:',
    'sqlite:/var/lib/a b/app.db',
    'postgres://',
    'postgres:///app',
    'postgres://host',
    'postgresql://user:password@host:5432/app?sslmode=require',
    'postgres://user@/app?host=/var/run/postgresql',
    'postgres://%2Fvar%2Frun%2Fpostgresql/app',
    'postgres://[::1]:5432/app',
    'postgres://user:p%40ss%2Fword@host/app',
    'postgres://user:p@ss@host/app',
    'postgres://user:50%off now@host/app',
    'postgres://user:password@one:5432,two:5433,three/app?target_session_attrs=read-write',
  ]
  it.each(good)('%s is taken', (address) => expect(databaseMistakes(address)).toEqual([]))

  const bad = [
    'app.db',
    'sqlite:',
    'sqlite:///app.db',
    'postgres://user@one,,two/app',
    'mysql://db.example/app',
    'postgres:/db.example/app',
    'postgres://db.example:99999/app',
    'postgres://db.example:port/app',
    'postgres://user:p#ss@db.example/app',
    'postgres://user:p/ss@db.example/app',
    'postgres://user:%ff@db.example/app',
    'postgres://one:5432,two:x/app',
    'postgres://[::1/app',
    'postgres://db.example/app?sslrootcert=/nowhere/ca.pem',
  ]
  it.each(bad)('%s is refused, and not repeated', (address) => {
    expect(databaseMistakes(address)).toHaveLength(1)
    expect(databaseMistakes(address).join()).not.toMatch(/db\.example|ss@/)
  })
})
