import { raw } from './html.ts'

/** A pass with a keyhole: what a server without a logo shows. */
const pass = `<rect width="40" height="40" rx="11" class="pass"/><path class="hole" d="M20 10.5a6 6 0 0 0-2.9 11.25L15.6 29h8.8l-1.5-7.25A6 6 0 0 0 20 10.5Z"/>`

export const brandMark: ReturnType<typeof raw> = raw(
  `<svg class="mark" viewBox="0 0 40 40" width="40" height="40" aria-hidden="true">${pass}</svg>`,
)

/** The same for the tab of a browser, which has no style sheet. */
export function iconFile(accent: string, onAccent: string): string {
  const filled = pass.replace('class="pass"', `fill="${accent}"`).replace('class="hole"', `fill="${onAccent}"`)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">${filled}</svg>`
}

type Icon = ReturnType<typeof raw>
type IconName = 'error' | 'success' | 'mail' | 'computer' | 'phone' | 'back' | 'passkey' | 'provider'

function icon(path: string): Icon {
  return raw(
    `<svg class="icon" viewBox="0 0 20 20" width="20" height="20" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${path}</svg>`,
  )
}

export const icons: Readonly<Record<IconName, Icon>> = {
  error: icon('<circle cx="10" cy="10" r="7.5"/><path d="M10 6.5v4M10 13.4v.1"/>'),
  success: icon('<circle cx="10" cy="10" r="7.5"/><path d="m6.8 10.2 2.2 2.2 4.2-4.6"/>'),
  mail: icon('<rect x="2.5" y="4.5" width="15" height="11" rx="2"/><path d="m3 6 7 5 7-5"/>'),
  computer: icon('<rect x="2.5" y="3.5" width="15" height="10" rx="1.8"/><path d="M7 17h6M10 13.5V17"/>'),
  phone: icon('<rect x="5.5" y="2" width="9" height="16" rx="2"/><path d="M9 15.4h2"/>'),
  passkey: icon(
    '<circle cx="7.5" cy="6" r="3"/><path d="M2 16.5v-.6c0-2.7 2.3-4.4 5.5-4.4 1 0 2 .2 2.8.5"/><circle cx="14.8" cy="9.8" r="2.3"/><path d="M14.8 12.1v5.4l1.7-1.5M14.8 14.6l1.7-1.4"/>',
  ),
  provider: icon(
    '<circle cx="10" cy="10" r="7.5"/><path d="M2.5 10h15M10 2.5c2.4 2 3.4 4.6 3.4 7.5s-1 5.5-3.4 7.5c-2.4-2-3.4-4.6-3.4-7.5s1-5.5 3.4-7.5Z"/>',
  ),
  back: icon('<path d="M12 4.5 6.5 10l5.5 5.5"/>'),
}
