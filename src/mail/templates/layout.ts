import type { Content, Messages } from './content.ts'

/** The frame around the content of every mail. */
export interface Frame {
  readonly language: string
  readonly common: Messages['common']
  readonly greeting: string
  readonly site: string
}

/** The plain-text part. */
export function layoutText({ intro, button, code, outro }: Content, { common, greeting, site }: Frame): string {
  const action = button === undefined ? [] : [`${button.label}:\n${button.link}`]
  const codeLines = code === undefined ? [] : [`${common.codeLabel}\n${code}`]
  return `${[greeting, ...intro, ...action, ...codeLines, ...outro, `-- \n${common.footer(site)}`].join('\n\n')}\n`
}

/**
 * The HTML part: a table, which every mail program lays out alike, without external resources. Colours follow the
 * reader's system.
 */
export function layoutHtml({ subject, intro, button, code, outro }: Content, frame: Frame): string {
  const { language, common, greeting, site } = frame
  const paragraph = (text: string) => `<p style="margin:0 0 16px">${escapeHtml(text)}</p>`
  const action =
    button === undefined
      ? ''
      : `<p style="margin:24px 0"><a class="button" href="${escapeHtml(button.link)}" style="display:inline-block;padding:12px 20px;border-radius:6px;background:#1f4fd8;color:#ffffff;text-decoration:none;font-weight:600">${escapeHtml(button.label)}</a></p>
<p class="quiet" style="margin:0 0 16px;font-size:13px;color:#5b6472">${escapeHtml(common.linkLabel)}<br><a href="${escapeHtml(button.link)}" style="word-break:break-all">${escapeHtml(button.link)}</a></p>`
  const codeLines =
    code === undefined
      ? ''
      : `<p style="margin:0 0 16px">${escapeHtml(common.codeLabel)}<br><strong style="font-size:24px;letter-spacing:3px;font-family:monospace">${escapeHtml(code)}</strong></p>`
  return `<!doctype html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escapeHtml(subject)}</title>
<style>
:root { color-scheme: light dark }
@media (prefers-color-scheme: dark) {
  body, .page { background: #14171c !important; color: #e8eaee !important }
  .quiet { color: #a3abb8 !important }
  a { color: #9db8ff }
}
</style>
</head>
<body style="margin:0;background:#ffffff;color:#1b1f24">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td align="center" style="padding:24px 16px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px"><tr><td align="left" style="font:16px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif">
${[paragraph(greeting), ...intro.map(paragraph), action, codeLines, ...outro.map(paragraph)].filter((part) => part !== '').join('\n')}
<p class="quiet" style="margin:32px 0 0;font-size:13px;color:#5b6472">${escapeHtml(common.footer(site))}</p>
</td></tr></table>
</td></tr></table>
</body>
</html>
`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}
