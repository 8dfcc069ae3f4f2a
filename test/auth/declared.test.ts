import { createConfig, lintFromString } from '@redocly/openapi-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { declaredCodes } from '../../src/routes/http/declared-codes.ts'
import { endpoints } from '../../src/routes/index.ts'
import { DeclaredAnswers } from './declared.ts'
import { rowsOf } from './declared-rows.ts'
import { form, makeWorld } from './declared-world.ts'
import { makeMailRows } from './email/declared-rows.ts'
import { identityRowsOf } from './identities/declared-rows.ts'
import { mfaRowsOf } from './mfa/declared-rows.ts'
import { ownRowsOf } from './own/declared-rows.ts'
import { passkeyRowsOf } from './passkeys/declared-rows.ts'
import { type Call, password, type Reply, start } from './service.ts'

const outcomeOf = ({ status, body }: Reply) => String(status < 400 ? status : body.code)

describe('what endpoints declare', () => {
  const world = makeWorld()
  const { access, own, byClient, withCookies, withoutValue, post, get } = world
  const mail = makeMailRows(world)
  const ownAccounts = ownRowsOf(world)
  const identities = identityRowsOf(world)
  const rows = [
    ...rowsOf(world),
    ...mfaRowsOf(world),
    ...mail.rows,
    ...ownAccounts.rows,
    ...identities.rows,
    ...passkeyRowsOf(world),
  ]
  let declared: DeclaredAnswers
  let document: Record<string, unknown>
  beforeAll(async () => {
    await world.open()
    await mail.open()
    await identities.open()
    document = (await world.service.call('GET', '/openapi.json')).body
    declared = new DeclaredAnswers(document)
  })
  afterAll(async () => {
    await world.close()
    await mail.close()
    await ownAccounts.close()
    await identities.close()
  })

  it.each(rows)('of %s comes true: %s', async (id, outcome, send) => {
    const reply = await send()
    expect([outcomeOf(reply), declared.faultsOf(id, reply)]).toEqual([outcome, []])
  })

  it.each(endpoints)('of $id has a row for each answer and each refusal, and no other', ({ id, answers, refusals }) => {
    const outcomes = rows.flatMap(([of, outcome]) => (of === id ? [outcome] : []))
    expect(outcomes.sort()).toEqual([...Object.keys(answers), ...refusals].sort())
  })

  /** What follows from a guard, a body or a query: of each endpoint that has one. */
  const implied: [code: string, call: () => Call | Promise<Call>][] = [
    ['token_missing', () => ({})],
    ['credentials_malformed', () => ({ headers: { authorization: 'Bearer a b' } })],
    ['token_malformed', () => ({ token: 'a' })],
    ['token_too_large', () => ({ token: own({ long: 'x'.repeat(20_000) }) })],
    ['token_header_refused', () => ({ token: own({}, { crit: ['x'] }) })],
    ['token_algorithm_refused', () => ({ token: own({}, { alg: 'HS512' }) })],
    ['token_key_unknown', () => ({ token: own({}, { kid: 'another' }) })],
    ['token_signature_invalid', () => ({ token: own().replace(/[^.]+$/, 'A'.repeat(43)) })],
    ['token_claim_missing', () => ({ token: own({ sub: undefined }) })],
    ['token_claim_invalid', () => ({ token: own({ exp: 'x' }) })],
    ['token_typ_mismatch', () => ({ token: own({}, { typ: 'dpop+jwt' }) })],
    ['token_issuer_mismatch', () => ({ token: own({ iss: 'https://other.example' }) })],
    ['token_audience_mismatch', () => ({ token: own({ aud: 'other' }) })],
    ['token_not_yet_valid', () => ({ token: own({ nbf: start + 60 }) })],
    ['token_expired', () => ({ token: own({ exp: start }) })],
    ['token_type_mismatch', () => ({ token: own({ type: 'refresh' }, { typ: 'rt+jwt' }) })],
    ['csrf_missing', () => withoutValue('access')],
    ['csrf_mismatch', () => withCookies('access', { 'x-csrf-token': 'another' })],
    ['cross_site_refused', () => withCookies('access', { 'sec-fetch-site': 'cross-site' })],
    ['invalid_json', async () => ({ ...(await admitted()), body: '{"a":1,"a":2}' })],
    ['invalid_request', async () => ({ ...(await admitted()), body: [] })],
    ['unsupported_media_type', async () => ({ ...(await admitted()), body: 'x', headers: { 'content-type': 'x/y' } })],
    ['body_too_large', async () => ({ ...(await admitted()), body: { long: 'x'.repeat(20_000) } })],
  ]
  const admitted = async (): Promise<Call> => ({ token: await access() })

  it.each(implied)('also comes true of a guarded endpoint with a body: %s', async (code, call) => {
    const reply = await post('/reauthenticate', call())
    expect([outcomeOf(reply), declared.faultsOf('reauthenticate', reply)]).toEqual([code, []])
  })

  const ofForms: [code: string, call: () => Call][] = [
    ['unsupported_media_type', () => byClient({ body: { token: 'x' } })],
    ['body_too_large', () => byClient(form({ token: 'x'.repeat(20_000) }))],
    ['form_invalid', () => byClient(form({}))],
  ]
  it.each(ofForms)('also comes true of a form: %s', async (code, call) => {
    const reply = await post('/introspect', call())
    expect([outcomeOf(reply), declared.faultsOf('introspect', reply)]).toEqual([code, []])
  })

  it('gives a proxy a status that it takes for a refusal', async () => {
    const reply = await get('/verify', { headers: { authorization: 'Bearer a b' } })
    expect([reply.status, outcomeOf(reply), declared.faultsOf('verify', reply)]).toEqual([
      401,
      'credentials_malformed',
      [],
    ])
  })

  it('is nothing else for such an endpoint, but for trouble of our own and of the connection', () => {
    const ofRows = rows.flatMap(([id, outcome]) => (id === 'reauthenticate' && outcome !== '200' ? [outcome] : []))
    const elsewhere = ['token_revoked', 'revocation_unknown', 'connection_lost', 'host_invalid', 'unavailable']
    const [endpoint] = endpoints.filter(({ id }) => id === 'reauthenticate')
    expect(endpoint && [...declaredCodes(endpoint)].sort()).toEqual(
      [...new Set([...ofRows, ...implied.map(([code]) => code), ...elsewhere, 'internal_error'])].sort(),
    )
  })

  it('has a name for each endpoint, and a schema for each parameter of its path', () => {
    expect(declared.ids.sort()).toEqual(endpoints.map(({ id }) => id).sort())
    for (const { id, path, params } of endpoints) {
      const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name)
      expect([id, Object.keys(params?.shape ?? {})]).toEqual([id, names])
    }
  })

  it('holds of an account that kept the id of another system', async () => {
    await world.service.auth.users.importAll([{ id: 42, username: 'imported', plainPassword: password }])
    const token = (await world.service.auth.startSession('42')).accessToken
    const reply = await get('/me', { token })
    expect([reply.body.id, declared.faultsOf('me', reply)]).toEqual(['42', []])
  })

  it('is an OpenAPI document that a linter has nothing to say of, with a configured issuer or without', async () => {
    // Where a browser is sent on there is no answer of success.
    const config = await createConfig({ extends: ['recommended-strict'], rules: { 'operation-2xx-response': 'off' } })
    expect(
      endpoints.filter(({ answers }) => !Object.keys(answers).some((status) => /^(?:2..|303)$/.test(status))),
    ).toEqual([])
    const lint = (one: object) =>
      lintFromString({ source: JSON.stringify(one), absoluteRef: 'openapi.json', config }).then((problems) =>
        problems.map(({ ruleId, message }) => `${ruleId}: ${message}`),
      )
    expect(await lint(document)).toEqual([])
    expect(await lint((await world.closed.call('GET', '/openapi.json')).body)).toEqual([])
    expect(await lint({ ...document, servers: [] })).not.toEqual([])
  })
})
