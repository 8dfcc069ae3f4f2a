import { html } from 'hono/html'

/**
 * A page that leads to an address of this server. Another site sent the browser here; the next request comes from this
 * page, by a click or by itself.
 * @param to Relative to the address of the page.
 */
export function continuePage({
  title,
  to,
  isAutomatic,
}: {
  readonly title: string
  readonly to: string
  readonly isAutomatic: boolean
}): string {
  return `${html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
${isAutomatic ? html`<meta http-equiv="refresh" content="0; url=${to}">` : ''}
</head>
<body>
<p><a href="${to}">${title}</a></p>
</body>
</html>
`}`
}
