import { describe, expect, it } from 'vitest'
import { originFault } from './origins.ts'

describe('an origin', () => {
  it.each([
    'https://app.example',
    'http://localhost:5173',
    'http://tauri.localhost',
    'http://[::1]:8080',
    'https://xn--bcher-kva.example',
    'capacitor://localhost',
    'ionic://localhost',
    'tauri://localhost',
    'app://obsidian.md',
    'chrome-extension://aapbdbdomjkkjkaonfhkkikfgjllcleb',
    'moz-extension://0b4a9d8e-8c4b-4b6e-9d4b-3f1f5a0c2d11',
    'safari-web-extension://E3B0C442-98FC-1C14-9AFB-F4C8996FB924',
    'vscode-webview://0p2k3j:80',
  ])('may be %s', (origin) => {
    expect(originFault(origin)).toBeUndefined()
  })

  const refused: [origin: string, reason: RegExp][] = [
    ['*', /wildcard/],
    ['https://*.app.example', /wildcard/],
    ['https://*', /wildcard/],
    ['chrome-extension://*', /wildcard/],
    ['null', /not an origin/],
    ['', /not an origin/],
    ['app.example', /not an origin/],
    ['//app.example', /not an origin/],
    ['https://', /not an origin/],
    ['https://app.example/', /: https:\/\/app\.example$/],
    ['https://app.example/path', /: https:\/\/app\.example$/],
    ['https://app.example:443', /: https:\/\/app\.example$/],
    ['HTTPS://App.Example', /: https:\/\/app\.example$/],
    [' https://app.example', /: https:\/\/app\.example$/],
    ['https://bücher.example', /: https:\/\/xn--bcher-kva\.example$/],
    ['Capacitor://localhost', /only scheme/],
    ['capacitor://localhost/', /only scheme/],
    ['chrome-extension://abc/popup.html', /only scheme/],
    ['capacitor:localhost', /only scheme/],
    ['capacitor://', /only scheme/],
    ['wss://app.example', /no page/],
    ['ftp://app.example', /no page/],
    ['file:///index.html', /no page/],
    ['javascript:alert(1)', /no page/],
    ['data:text/html,x', /no page/],
  ]
  it.each(refused)('may not be %s, and why is said', (origin, reason) => {
    expect(originFault(origin)).toMatch(reason)
  })

  it('with a password is not repeated', () => {
    expect(originFault('https://user:pass-word@app.example')).not.toContain('pass-word')
  })
})
