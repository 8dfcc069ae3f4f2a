import { pick } from '../../core/settings/setting.ts'
import { type KeyRingSettings, keySettings } from '../../keys/options.ts'
import type { Config } from './config.ts'

/** The options of the key ring. @param encryptionSecret As it was found, or created. */
export function keyRingOptions(config: Config, encryptionSecret: string): KeyRingSettings {
  const names = Object.keys(keySettings) as (keyof typeof keySettings)[]
  return { encryptionSecret, ...pick(config, ['previousEncryptionSecret', ...names]) }
}
