import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { makeAssets } from './assets.ts'

describe('what pages load', () => {
  const assets = makeAssets({ name: 'Example', color: '#4353d6', logo: undefined })
  const size = (content: string | Uint8Array) => gzipSync(content).length

  it('has a script of one module, which stays small', () => {
    const text = String(assets.script.content)
    expect(text.match(/\bimport\(.*/g)).toEqual(['import(address))'])
    expect(text).not.toMatch(/\brequire\(|\bfetch\(|\beval\(|https?:/)
    expect(size(text)).toBeLessThan(3.2 * 1024)
  })

  it('has what passkeys take in a second one, which is loaded where they are used', () => {
    const text = String(assets.passkeys.content)
    expect(text).not.toMatch(/\brequire\(|\bfetch\(|\beval\(|https?:/)
    expect(size(text)).toBeLessThan(2 * 1024)
  })

  it('is small altogether, and loads nothing from elsewhere', () => {
    const files = [assets.style, assets.script, assets.icon]
    expect(files.reduce((sum, { content }) => sum + size(content), 0)).toBeLessThan(12 * 1024)
    expect(String(assets.style.content)).not.toMatch(/@import|url\(/)
  })

  it('has another address when it changes', () => {
    const other = makeAssets({ name: 'Example', color: '#0a7d55', logo: undefined })
    expect(other.style.path).not.toBe(assets.style.path)
    expect(other.script.path).toBe(assets.script.path)
  })
})
