import { describe, expect, it } from 'vitest'
import { hostOf, maxFields, readFormField } from './bounded-body.ts'

function formOf(fields: number): Request {
  const body = `${'a=&'.repeat(fields - 1)}csrf_token=x`
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return new Request('http://localhost', { method: 'POST', headers, body })
}

describe('a field of a form', () => {
  it.each([
    ['as many fields as are parsed', maxFields, 'x'],
    ['one more', maxFields + 1, undefined],
  ])('with %s', async (_what, fields, found) => {
    expect(await readFormField(formOf(fields), 'csrf_token')).toBe(found)
  })
})

describe('the host of an address', () => {
  it.each([
    ['http://app.example:8080/x', 'app.example:8080'],
    ['http://unknown.invalid/x', undefined],
    ['/x', undefined],
  ])('%s', (url, host) => {
    expect(hostOf(url)).toBe(host)
  })
})
