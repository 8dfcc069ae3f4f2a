import { describe, expect, it } from 'vitest'
import { accentsOf, contrast, rgbOf } from './brand.ts'

describe('the colours of a brand', () => {
  it.each(['#4353d6', '#000000', '#ffffff', '#ffe600', '#00ff88', '#e11d48', '#7f7f7f', '#0b1020'])(
    'can be read in both themes: %s',
    (color) => {
      const { light, dark } = accentsOf(color)
      expect(contrast(rgbOf(light.accent), [255, 255, 255])).toBeGreaterThanOrEqual(4.5)
      expect(contrast(rgbOf(dark.accent), [24, 26, 31])).toBeGreaterThanOrEqual(4.5)
      for (const { accent, onAccent } of [light, dark]) {
        expect(contrast(rgbOf(accent), rgbOf(onAccent))).toBeGreaterThanOrEqual(4.5)
      }
    },
  )

  it('are the brand’s own where these can be read', () => {
    expect(accentsOf('#4353d6').light).toEqual({ accent: '#4353d6', onAccent: '#ffffff' })
  })
})
