/**
 * What a terminal obeys instead of showing it: control characters (C0, C1, DEL), line separators, marks that change the
 * direction of text, and others that cannot be seen. The joiners of scripts and emoji stay.
 */
const obeyed = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/**
 * Text of users, clients or files as a terminal may get it: `\u001b` in place of an escape character. Anyone can send a
 * `User-Agent`, and it must neither move the cursor of an operator nor hide a line.
 */
export function printable(text: string): string {
  return text.replace(obeyed, escaped)
}

/** The same for lines of our own, which may end and be indented. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}

/** As JSON writes it, so that a document stays the same document. */
function escaped(character: string): string {
  return [...Array(character.length).keys()]
    .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
    .join('')
}
