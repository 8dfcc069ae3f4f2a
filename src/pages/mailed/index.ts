import type { Page } from '../page.ts'
import { cancelEmailChange, changeEmail, undoEmailChange } from './email-change.ts'
import { forgotPassword, oneTimeLink, resetPassword } from './reset-password.ts'
import { askSignIn, signInLink } from './sign-in-link.ts'
import { askVerification, verifyEmail } from './verify-email.ts'

/** The pages that mails link to, and those that request mails. */
export const mailedPages: readonly Page[] = [
  verifyEmail,
  askVerification,
  resetPassword,
  forgotPassword,
  oneTimeLink,
  changeEmail,
  cancelEmailChange,
  undoEmailChange,
  signInLink,
  askSignIn,
]
