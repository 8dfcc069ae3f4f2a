import { describe, expect, it } from 'vitest'
import { printable, printableLines } from './printable.ts'

describe('printable', () => {
  const texts: [what: string, text: string, printed: string][] = [
    ['an escape sequence', '\u001b[31mred', '\\u001b[31mred'],
    ['a window title', '\u001b]0;title\u0007', '\\u001b]0;title\\u0007'],
    ['an 8-bit escape sequence', '\u009b31m', '\\u009b31m'],
    ['a carriage return', 'root\rmallory', 'root\\u000dmallory'],
    ['a line feed', 'a\nb', 'a\\u000ab'],
    ['a backspace', 'ab\u0008', 'ab\\u0008'],
    ['DEL', '\u007f', '\\u007f'],
    ['right-to-left text', 'gro.\u202eelpmaxe', 'gro.\\u202eelpmaxe'],
    ['isolates', '\u2066a\u2069', '\\u2066a\\u2069'],
    ['a line separator', 'a\u2028b', 'a\\u2028b'],
    ['a zero-width space', 'a\u200bb\ufeff', 'a\\u200bb\\ufeff'],
    ['tags', 'a\u{e0041}', 'a\\udb40\\udc41'],
    ['half a character', 'a\ud800', 'a\\ud800'],
    ['names', 'Zoë 山田太郎 Ωμέγα', 'Zoë 山田太郎 Ωμέγα'],
    ['an emoji of several parts', '👩‍👩‍👧', '👩‍👩‍👧'],
    ['a backslash', 'a\\b', 'a\\b'],
  ]
  it.each(texts)('escapes what a terminal acts on: %s', (_what, text, printed) => {
    expect(printable(text)).toBe(printed)
  })

  it('keeps our own line breaks', () => {
    expect(printableLines('{\n  "a": "\u009b"\n}')).toBe('{\n  "a": "\\u009b"\n}')
  })
})
