/** How the pages look: a name, a colour and a logo. */
export interface Brand {
  readonly name: string
  /** `#rrggbb`. */
  readonly color: string
  readonly logo: Logo | undefined
}

/** A picture. */
export interface Logo {
  readonly content: Uint8Array<ArrayBuffer>
  readonly extension: string
  readonly type: string
}

type Rgb = readonly [red: number, green: number, blue: number]

const white: Rgb = [255, 255, 255]
const ink: Rgb = [17, 19, 24]
/** The backgrounds of text in the accent colour: the cards of both themes. */
const grounds = { light: white, dark: [24, 26, 31] as Rgb }
/** Minimum contrast of text (WCAG 2.2, 1.4.3). */
const textContrast = 4.5

/** The colours of a theme that are derived from the brand's. */
export interface Accent {
  /** The brand's colour, darker or lighter if text in it would be hard to read. */
  readonly accent: string
  /** For text on the accent. */
  readonly onAccent: string
}

/** Adapts the colour of a brand, so that links and buttons can be read in both themes. */
export function accentsOf(color: string): { readonly light: Accent; readonly dark: Accent } {
  return { light: accentOn(rgbOf(color), grounds.light, ink), dark: accentOn(rgbOf(color), grounds.dark, white) }
}

function accentOn(color: Rgb, ground: Rgb, towards: Rgb): Accent {
  let accent = color
  for (let step = 0; contrast(accent, ground) < textContrast && step < 50; step++) accent = mix(accent, towards, 0.06)
  const onAccent = contrast(accent, white) >= contrast(accent, ink) ? white : ink
  return { accent: hexOf(accent), onAccent: hexOf(onAccent) }
}

/** The contrast of two colours, from 1 to 21 (WCAG 2.2). */
export function contrast(one: Rgb, other: Rgb): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (high + 0.05) / (low + 0.05)
}

function luminance(color: Rgb): number {
  const [red, green, blue] = color.map((value) => {
    const part = value / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function mix(color: Rgb, towards: Rgb, share: number): Rgb {
  const part = (index: 0 | 1 | 2) => Math.round(color[index] + (towards[index] - color[index]) * share)
  return [part(0), part(1), part(2)]
}

export function rgbOf(color: string): Rgb {
  const part = (start: number) => Number.parseInt(color.slice(start, start + 2), 16)
  return [part(1), part(3), part(5)]
}

function hexOf(color: Rgb): string {
  return `#${color.map((value) => value.toString(16).padStart(2, '0')).join('')}`
}
