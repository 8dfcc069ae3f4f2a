import type { NextConfig } from 'next'

// hallpass has native parts: it is loaded as it is installed, and not bundled.
const config: NextConfig = { serverExternalPackages: ['hallpass'] }

export default config
