import { pick } from '../../core/settings/setting.ts'
import { type KeyRingSettings, keySettings } from '../../keys/options.ts'
import type { Config } from './config.ts'

/** What the configuration says of signing keys. @param encryptionSecret What was found, or made. */
export function keyRingOptions(config: Config, encryptionSecret: string): KeyRingSettings {
  const names = Object.keys(keySettings) as (keyof typeof keySettings)[]
  return { encryptionSecret, ...pick(config, ['previousEncryptionSecret', ...names]) }
}
