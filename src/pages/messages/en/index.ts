import { account } from './account.ts'
import { common, faults, problems } from './common.ts'
import { mailed } from './mailed.ts'
import { register, secondFactor, signIn } from './sign-in.ts'
import { passkey } from './ways.ts'

/** English. */
export const en: {
  readonly common: typeof common
  readonly problems: typeof problems
  readonly faults: typeof faults
  readonly signIn: typeof signIn
  readonly secondFactor: typeof secondFactor
  readonly register: typeof register
  readonly mailed: typeof mailed
  readonly account: typeof account
  readonly passkey: typeof passkey
} = { common, problems, faults, signIn, secondFactor, register, mailed, account, passkey }
