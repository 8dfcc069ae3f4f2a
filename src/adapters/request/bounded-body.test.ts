import { describe, expect, it } from 'vitest'
import { hostOf, maxFields, readFormField } from './bounded-body.ts'

function formOf(fields: number): Request {
  const body = `${'a=&'.repeat(fields - 1)}csrf_token=x`
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return new Request('http://localhost', { method: 'POST', headers, body })
}

function partsOf(fields: number): Request {
  const form = new FormData()
  for (let count = 1; count < fields; count++) form.append('a', '')
  form.append('csrf_token', 'x')
  return new Request('http://localhost', { method: 'POST', body: form })
}

describe('a field of a form', () => {
  it.each([
    ['the maximum number of fields', formOf(maxFields), 'x'],
    ['one more', formOf(maxFields + 1), undefined],
    ['the maximum number of parts', partsOf(maxFields), 'x'],
    ['one more part', partsOf(maxFields + 1), undefined],
  ])('with %s', async (_what, request, found) => {
    expect(await readFormField(request, 'csrf_token')).toBe(found)
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
