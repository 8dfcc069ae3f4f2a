import { readFileSync } from 'node:fs'

type Page = 'services' | 'operations' | 'browser'

/** A code block of docs/services.md or another page. Tests run it unchanged, except for its addresses. */
export function documented(
  language: string,
  heading: string,
  addresses: Readonly<Record<string, string>>,
  page: Page = 'services',
): string {
  const document = readFileSync(new URL(`../../docs/${page}.md`, import.meta.url), 'utf8')
  const after = document.split(`\n${heading}\n`)[1]
  const [, block] = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(after ?? '') ?? []
  if (block === undefined) throw new Error(`docs/${page}.md has no ${language} under ${heading}`)
  return Object.entries(addresses).reduce((text, [documented, real]) => {
    if (!text.includes(documented)) throw new Error(`${heading}: ${documented} is not in it`)
    return text.replaceAll(documented, real)
  }, block)
}
