import { type Browser, chromium } from 'playwright-core'
import { ensureDebianPackages } from './debian.ts'

/**
 * Chromium's headless shell, from Debian: the engine that shows pages, without the browser around it. A page in it takes a
 * fifth of the processor time.
 */
export function openBrowser(args: readonly string[] = []): Promise<Browser> {
  return launch('chromium-headless-shell', args)
}

/** Tabs of one site run in processes of their own, as they do by default, and not one after the other in one. */
export const tabsApart = '--renderer-process-limit=100'

/** The whole of Chromium, without a window: for what the browser decides, as the cookies of other sites and passkeys. */
export function openWholeBrowser(args: readonly string[] = []): Promise<Browser> {
  return launch('chromium', [`--disable-features=${withoutFeatures}`, ...args])
}

const withoutFeatures = [
  // Two pages under the address bar, which nobody sees: half of the processor time of a context.
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  // The list of Playwright, which this one replaces.
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
].join()

async function launch(program: string, more: readonly string[] = []): Promise<Browser> {
  await ensureDebianPackages([program], [program, '--version'])
  const atHome = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic']
  // Otherwise each navigation starts a process for the next one. Sites and contexts still have processes of their own.
  // The last one counts.
  const few = ['--renderer-process-limit=1']
  // Chromium has no sandbox for root. It loads only pages of these tests.
  return chromium.launch({ executablePath: `/usr/bin/${program}`, args: ['--no-sandbox', ...atHome, ...few, ...more] })
}
