import { z } from 'zod'
import { seconds } from '../core/options.ts'
import { type AlgorithmName, algorithms } from '../token/algorithms.ts'

/** Keys that are made, kept and changed by hallpass itself. */
export interface KeyRingOptions {
  /** What encrypts the keys in the database: at least 32 random bytes. */
  readonly secret: string
  /** The secret before, until the keys were encrypted anew. */
  readonly previousSecret?: string | undefined
  /** ES256 by default. */
  readonly algorithm?: AlgorithmName
  /** A key signs for so long. 7,776,000 (90 days) by default. */
  readonly rotateAfterSeconds?: number
  /** How long others may keep a copy of the published keys, and so for how long a key is published before it signs. 300 by default. */
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
