import type { Endpoint } from '../http/endpoint.ts'
import { forgotPassword } from './forgot-password.ts'
import { requestSignIn } from './request-sign-in.ts'
import { requestVerification } from './request-verification.ts'
import { resetPassword } from './reset-password.ts'
import { signIn } from './sign-in.ts'
import { verifyEmail } from './verify-email.ts'

/** The endpoints for mails. Each pair requests a mail, and uses its link or code. */
export const email: readonly Endpoint[] = [
  requestVerification,
  verifyEmail,
  forgotPassword,
  resetPassword,
  requestSignIn,
  signIn,
]
