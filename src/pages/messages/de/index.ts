import type { Messages } from '../messages.ts'
import { account } from './account.ts'
import { common, faults, problems } from './common.ts'
import { mailed } from './mailed.ts'
import { register, secondFactor, signIn } from './sign-in.ts'
import { passkey } from './ways.ts'

/** German. */
export const de: Messages = { common, problems, faults, signIn, secondFactor, register, mailed, account, passkey }
