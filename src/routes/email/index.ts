import type { Endpoint } from '../http/endpoint.ts'
import { forgotPassword } from './forgot-password.ts'
import { requestSignIn } from './request-sign-in.ts'
import { requestVerification } from './request-verification.ts'
import { resetPassword } from './reset-password.ts'
import { signIn } from './sign-in.ts'
import { verifyEmail } from './verify-email.ts'

/** The endpoints of what is mailed: each pair asks for a mail, and uses what it says. */
export const email: readonly Endpoint[] = [
  requestVerification,
  verifyEmail,
  forgotPassword,
  resetPassword,
  requestSignIn,
  signIn,
]
