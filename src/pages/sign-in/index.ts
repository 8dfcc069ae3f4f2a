import type { Page } from '../page.ts'
import { passkeyChallenge, signInWithPasskey } from './passkey.ts'
import { providerOutcome, signInWith } from './provider.ts'
import { register } from './register.ts'
import { secondFactor, secondFactorChallenge } from './second-factor.ts'
import { setUpChallenge, setUpFactor } from './set-up.ts'
import { signIn } from './sign-in.ts'
import { signOut } from './sign-out.ts'

/** The pages to sign in, to register and to sign out. */
export const signInPages: readonly Page[] = [
  signIn,
  signInWithPasskey,
  passkeyChallenge,
  signInWith,
  providerOutcome,
  secondFactor,
  secondFactorChallenge,
  setUpFactor,
  setUpChallenge,
  register,
  signOut,
]
