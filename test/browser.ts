import { type Browser, chromium } from 'playwright-core'
import { ensureDebianPackages } from './debian.ts'

/**
 * Chromium's headless shell, from Debian: the engine that shows pages, without the browser around it. A page in it takes a
 * fifth of the processor time.
 */
export function openBrowser(): Promise<Browser> {
  return launch('chromium-headless-shell')
}

/** The whole of Chromium, without a window: for what the browser decides, as the cookies of other sites and passkeys. */
export function openWholeBrowser(args: readonly string[] = []): Promise<Browser> {
  return launch('chromium', args)
}

async function launch(program: string, more: readonly string[] = []): Promise<Browser> {
  await ensureDebianPackages([program], [program, '--version'])
  const atHome = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic']
  // Chromium has no sandbox for root. It loads only pages of these tests.
  return chromium.launch({ executablePath: `/usr/bin/${program}`, args: ['--no-sandbox', ...atHome, ...more] })
}
