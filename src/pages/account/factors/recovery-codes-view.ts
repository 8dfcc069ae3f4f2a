import type { Visit } from '../../page.ts'
import { type Html, html } from '../../view/html.ts'

/** Recovery codes, as they are shown once: to print, to save and to copy. */
export function recoveryCodesView(visit: Visit, codes: readonly string[], goOn: { readonly to: string }): Html {
  const { site, messages } = visit
  const { recoveryCodes: words } = messages.account
  const file = [words.fileTitle(site.brand.name), '', ...codes, ''].join('\n')
  return html`<div class="kept">
    <ol class="codes" data-script="copy">${codes.map((code) => html`<li><code>${code}</code></li>`)}</ol>
    <div class="actions">
      <a class="button" href="data:text/plain;charset=utf-8,${encodeURIComponent(file)}" download="${words.fileName}">${words.save}</a>
      <button type="button" data-script="print" hidden>${words.print}</button>
    </div>
    <div class="actions go-on"><a class="button primary" href="${goOn.to}">${words.kept}</a></div>
  </div>`
}
