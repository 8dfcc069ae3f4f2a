import type { KeyRingOptions } from '../keys/options.ts'
import type { Config } from './config.ts'

/** What the configuration says of signing keys. @param secret What was found, or made. */
export function keyRingOptions(config: Config, secret: string): KeyRingOptions {
  const { previousSecret, algorithm, keyRotationSeconds, jwksMaxAgeSeconds } = config
  return {
    secret,
    previousSecret,
    algorithm,
    rotateAfterSeconds: keyRotationSeconds,
    publishSeconds: jwksMaxAgeSeconds,
  }
}
