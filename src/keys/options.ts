import { z } from 'zod'
import { seconds } from '../core/settings/options.ts'
import { type SettingRows, schemasOf } from '../core/settings/setting.ts'
import { type AlgorithmName, algorithms, isAlgorithmName } from '../token/algorithms.ts'

/** What encrypts the keys in the database. */
interface KeySecrets {
  /** Secret that encrypts the signing keys, at least 32 random bytes. It signs nothing. */
  readonly encryptionSecret: string
  /** The previous encryption secret, until the keys are re-encrypted. None by default. */
  readonly previousEncryptionSecret?: string | undefined
}

/** Which keys there are. */
export interface KeySettings {
  /** Signature algorithm. ES256 by default. */
  readonly algorithm: AlgorithmName
  /** Time after which the next key takes over. 7,776,000 (90 days) by default. */
  readonly keyRotationSeconds: number
  /** How long services may cache the public keys. A key is published for this time before it signs. 300 by default. */
  readonly jwksMaxAgeSeconds: number
}

/** Keys that hallpass creates, stores and rotates. */
export interface KeyRingSettings extends KeySecrets, Partial<KeySettings> {}

/** The names that these had in 0.1.0. @deprecated They still work, with a notice; use those of `KeyRingSettings`. */
export interface FormerKeyRingOptions extends Partial<KeySettings> {
  /** @deprecated Renamed to `encryptionSecret`. */
  readonly secret: string
  /** @deprecated Renamed to `previousEncryptionSecret`. */
  readonly previousSecret?: string | undefined
  /** @deprecated Renamed to `keyRotationSeconds`. */
  readonly rotateAfterSeconds?: number
  /** @deprecated Renamed to `jwksMaxAgeSeconds`. */
  readonly publishSeconds?: number
}

export type KeyRingOptions = KeyRingSettings | FormerKeyRingOptions

const longSecret = z.string().refine((text) => Buffer.byteLength(text) >= 32, 'must have at least 32 random bytes')

export const keySecrets: SettingRows<Partial<KeySecrets>> = {
  encryptionSecret: {
    about: 'Secret that encrypts the signing keys, at least 32 random bytes',
    unit: 'TEXT',
    schema: longSecret,
    isSecret: true,
    formerOption: 'keyRing.secret',
    formerSetting: 'secret',
  },
  previousEncryptionSecret: {
    about: "Previous encryption secret, until 'hallpass keys rewrap' has run",
    unit: 'TEXT',
    schema: longSecret,
    isSecret: true,
    formerOption: 'keyRing.previousSecret',
    formerSetting: 'secretPrevious',
  },
}

export const keySettings: SettingRows<KeySettings> = {
  algorithm: {
    about: 'Signature algorithm: ES256, EdDSA, RS256, ML-DSA-44, HS256 and others',
    unit: 'NAME',
    schema: z.custom<AlgorithmName>(isAlgorithmName, `must be one of ${Object.keys(algorithms).join(', ')}`),
    default: 'ES256',
  },
  keyRotationSeconds: {
    about: 'Time after which the next signing key takes over',
    unit: 'SECONDS',
    // Each key is published for a day after it signed: more often only makes the list long.
    schema: seconds.min(60),
    default: 90 * 24 * 60 * 60,
    formerOption: 'keyRing.rotateAfterSeconds',
  },
  jwksMaxAgeSeconds: {
    about: 'How long services may cache the public keys',
    unit: 'SECONDS',
    schema: z.int().min(1).max(86_400),
    default: 300,
    formerOption: 'keyRing.publishSeconds',
  },
}

export const keyRingSchema: z.ZodObject = z.strictObject({
  ...schemasOf({ ...keySecrets, ...keySettings }),
  encryptionSecret: keySecrets.encryptionSecret.schema,
})
