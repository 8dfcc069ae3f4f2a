import {
  type Authenticated,
  type Claims,
  type JwtClaims,
  JwtManager,
  type Key,
  KeySet,
  signToken,
  verifyToken,
} from 'hallpass'
import { jwtRequired } from 'hallpass/hono'
import { Hono } from 'hono'
import { expect, expectTypeOf, it } from 'vitest'

// The compiler checks these, in `npm run types`. Running them only shows that they run.

const keys = new KeySet()
const user = { id: '1', name: 'Alice' }

it('types c.var.jwt behind a guard', () => {
  const jwt = new JwtManager({ keys, loadUser: () => user })
  new Hono()
    .get('/required', jwtRequired(jwt), (c) => {
      expectTypeOf(c.var.jwt).toEqualTypeOf<Authenticated<typeof user>>()
      expectTypeOf(c.var.jwt.identity).toEqualTypeOf<string>()
      expectTypeOf(c.var.jwt.claims).toEqualTypeOf<JwtClaims>()
      expectTypeOf(c.var.jwt.user?.name).toEqualTypeOf<string | undefined>()
      expectTypeOf(c.var.jwt.location).toEqualTypeOf<'headers' | 'cookies' | 'query_string' | 'json'>()
      return c.body(null)
    })
    .get('/optional', jwtRequired(jwt, { optional: true }), (c) => {
      expectTypeOf(c.var.jwt).toEqualTypeOf<Authenticated<typeof user> | undefined>()
      // @ts-expect-error the request may be anonymous
      c.var.jwt.identity
      return c.body(null)
    })
    .get('/fresh', jwtRequired(jwt, { fresh: true, locations: ['headers'] }), (c) => {
      expectTypeOf(c.var.jwt).toEqualTypeOf<Authenticated<typeof user>>()
      return c.body(null)
    })
})

it('requires a string as identity, or identityFor', () => {
  const plain = new JwtManager({ keys })
  expectTypeOf(plain.createAccessToken).parameter(0).toEqualTypeOf<string>()
  const named = new JwtManager({ keys, identityFor: (one: typeof user) => one.id })
  expectTypeOf(named.createAccessToken).parameter(0).toEqualTypeOf<typeof user>()
})

it('takes secrets from the environment, which are checked at start', () => {
  const { CLIENT_ID: clientId, CLIENT_SECRET: clientSecret } = process.env
  const make = () =>
    new JwtManager({ keys, revocations: { url: 'https://id.example/auth/revocations', clientId, clientSecret } })
  expect(make).toThrow(expect.objectContaining({ code: 'option_invalid' }))
})

it('types an identity that may be a number as string | number', () => {
  const numbers = new JwtManager({ keys, preset: 'plain', verifySub: false, loadUser: ({ sub }) => sub })
  expectTypeOf(numbers.createAccessToken).parameter(0).toEqualTypeOf<string | number>()
  expectTypeOf(numbers.verify).returns.toHaveProperty('identity').toEqualTypeOf<string | number>()
  expectTypeOf(numbers.decodeToken).returns.toHaveProperty('sub').toEqualTypeOf<string | number | undefined>()
  expectTypeOf(numbers.decodeToken).returns.toHaveProperty('exp').toEqualTypeOf<number | undefined>()
  new Hono().get('/', jwtRequired(numbers), (c) => {
    expectTypeOf(c.var.jwt.identity).toEqualTypeOf<string | number>()
    expectTypeOf(c.var.jwt.user).toEqualTypeOf<string | number | undefined>()
    return c.body(null)
  })
  const declared = new JwtManager<unknown, number>({ keys, identityClaim: 'id', verifySub: false })
  expectTypeOf(declared.verify).returns.toHaveProperty('identity').toEqualTypeOf<string | number>()
  const named = new JwtManager({ keys, identityFor: (one: typeof user) => one.id })
  expectTypeOf(named.verify).returns.toHaveProperty('identity').toEqualTypeOf<string>()
})

it('accepts the secret from the environment, set or not', () => {
  type Secret = NonNullable<ConstructorParameters<typeof JwtManager>[0]>['secret']
  expectTypeOf<string | undefined>().toExtend<Secret>()
})

it('refuses what cannot work', () => {
  const jwt = new JwtManager({ keys })
  const neverCalled = () => {
    // @ts-expect-error no such location
    jwtRequired(jwt, { locations: ['body'] })
    // @ts-expect-error no such option
    jwtRequired(jwt, { refreshed: true })
    // @ts-expect-error no such algorithm
    new JwtManager({ secret: '', algorithm: 'none' })
    // @ts-expect-error a number is not an identity
    jwt.createAccessToken(5)
    // @ts-expect-error isRevoked returns a boolean
    new JwtManager({ keys, isRevoked: () => 'yes' })
  }
  expectTypeOf(neverCalled).returns.toBeVoid()
})

it('types the claims of a verified token', () => {
  expectTypeOf(verifyToken).returns.toEqualTypeOf<Claims>()
  expectTypeOf<Claims['exp']>().toEqualTypeOf<number | undefined>()
  expectTypeOf<Claims['anything']>().toEqualTypeOf<unknown>()
  expectTypeOf(signToken).parameter(1).toEqualTypeOf<KeySet | Key>()
})
