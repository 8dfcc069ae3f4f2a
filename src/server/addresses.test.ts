import { describe, expect, it } from 'vitest'
import { databaseMistake, valkeyMistake } from './addresses.ts'

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
  it.each(good)('%s is taken', (address) => expect(databaseMistake(address)).toBeUndefined())

  const bad = [
    'app.db',
    'sqlite:',
    'sqlite:///app.db',
    'postgres://user@one,,two/app',
    'mysql://host/app',
    'postgres:/host/app',
    'postgres://host:99999/app',
    'postgres://host:port/app',
    'postgres://user:p#ss@host/app',
    'postgres://user:p/ss@host/app',
    'postgres://user:%ff@host/app',
    'postgres://one:5432,two:x/app',
    'postgres://[::1/app',
    'postgres://host/app?sslrootcert=/nowhere/ca.pem',
  ]
  it.each(bad)('%s is refused, and not repeated', (address) => {
    expect(databaseMistake(address)).toBeTypeOf('string')
    expect(databaseMistake(address)).not.toMatch(/host|pp\.db/)
  })
})

describe('the address of Valkey', () => {
  const good = ['redis://localhost', 'rediss://user:p%40@host:6380/3', 'valkey://[::1]:6379', 'valkeys://host/']
  it.each(good)('%s is taken', (address) => expect(valkeyMistake(address)).toBeUndefined())

  const bad = [
    'localhost:6379',
    'http://localhost',
    'redis://',
    'redis://:::',
    'redis://localhost:99999',
    'redis://user:%zz@host',
    'redis://user:p#ss@host',
    'redis://localhost/name',
    'redis://a b',
  ]
  it.each(bad)('%s is refused', (address) => expect(valkeyMistake(address)).toBeTypeOf('string'))
})
