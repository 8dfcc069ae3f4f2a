import { describe, expect, it } from 'vitest'
import { nearest } from './nearest.ts'
import { settings } from './settings.ts'

describe('nearest', () => {
  const known = settings.map(({ variable }) => variable)
  const rows: [misspelt: string, meant: string][] = [
    ['PROT', 'PORT'],
    ['POTR', 'PORT'],
    ['PRT', 'PORT'],
    ['POORT', 'PORT'],
    ['HSOT', 'HOST'],
    ['SMPT', 'SMTP'],
    ['PAGE', 'PAGES'],
    ['ISSUR', 'ISSUER'],
    ['VAKLEY', 'VALKEY'],
    ['DATABSE', 'DATABASE'],
    ['DATABASE_URL', 'DATABASE'],
    ['WORKER', 'WORKERS'],
    ['CORS', 'CORS_ORIGINS'],
    ['CORS_ORIGNI', 'CORS_ORIGINS'],
    ['TOKEN_SECONDS', 'ACCESS_TOKEN_SECONDS'],
    ['ACCESS_TOKEN_TTL', 'ACCESS_TOKEN_SECONDS'],
    ['ENCRYPTION_SECRET_FIEL', 'ENCRYPTION_SECRET_FILE'],
  ]
  it.each(rows)('to HALLPASS_%s is HALLPASS_%s', (misspelt, meant) => {
    expect(nearest(`HALLPASS_${misspelt}`, known)).toBe(`HALLPASS_${meant}`)
  })

  it('has no answer without names', () => {
    expect(nearest('HALLPASS_PORT', [])).toBeUndefined()
  })
})
