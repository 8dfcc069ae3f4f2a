import { type Browser, chromium } from 'playwright-core'
import { ensureDebianPackages } from './debian.ts'

/** Starts Debian's Chromium, headless. */
export async function openBrowser(more: readonly string[] = []): Promise<Browser> {
  await ensureDebianPackages(['chromium'], ['chromium', '--version'])
  const atHome = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic']
  // Chromium has no sandbox for root. It loads only pages of these tests.
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', ...atHome, ...more] })
}
