import { type Browser, chromium } from 'playwright-core'
import { ensureDebianPackages } from './debian.ts'

/** Debian's Chromium, without a window. */
export async function openBrowser(more: readonly string[] = []): Promise<Browser> {
  await ensureDebianPackages(['chromium'], ['chromium', '--version'])
  const atHome = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic']
  // Root may have no sandbox: it loads pages of these tests alone.
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', ...atHome, ...more] })
}
