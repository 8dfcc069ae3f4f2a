import type { NextConfig } from 'next'

// hallpass has native parts, so it is loaded as installed and not bundled.
const config: NextConfig = { serverExternalPackages: ['hallpass'] }

export default config
