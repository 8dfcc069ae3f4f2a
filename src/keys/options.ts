import { z } from 'zod'
import { seconds } from '../core/options.ts'
import { type AlgorithmName, algorithms } from '../token/algorithms.ts'

/** Keys that hallpass creates, stores and rotates. */
export interface KeyRingOptions {
  /** What encrypts the keys in the database: at least 32 random bytes. */
  readonly secret: string
  /** The previous secret, until the keys are re-encrypted. */
  readonly previousSecret?: string | undefined
  /** ES256 by default. */
  readonly algorithm?: AlgorithmName
  /** Time after which the next key takes over. 7,776,000 (90 days) by default. */
  readonly rotateAfterSeconds?: number
  /** How long services may cache the published keys. A key is published for this time before it signs. 300 by default. */
  readonly publishSeconds?: number
}

const longSecret = z.string().refine((text) => Buffer.byteLength(text) >= 32, 'must have at least 32 random bytes')

export const keyRingSchema: z.ZodObject = z.strictObject({
  secret: longSecret,
  previousSecret: longSecret.optional(),
  algorithm: z.enum(Object.keys(algorithms) as [AlgorithmName, ...AlgorithmName[]]).optional(),
  rotateAfterSeconds: seconds.optional(),
  publishSeconds: z.int().min(1).max(86_400).optional(),
})
