/**
 * What a terminal acts on instead of showing it: control characters (C0, C1, DEL), line separators, marks that change
 * the text direction, and other invisible characters. The joiners of scripts and emoji are kept.
 */
const obeyed = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/**
 * Escapes text from users, clients or files for a terminal: `\u001b` takes the place of an escape character. Anyone can
 * send a `User-Agent`, which must neither move an operator's cursor nor hide a line.
 */
export function printable(text: string): string {
  return text.replace(obeyed, escaped)
}

/** The same for our own lines, keeping line breaks and indentation. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}

/** In the notation of JSON, so that a JSON document stays valid. */
function escaped(character: string): string {
  return [...Array(character.length).keys()]
    .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
    .join('')
}
