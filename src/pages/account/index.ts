import type { Page } from '../page.ts'
import { confirm } from './confirm.ts'
import { deleteAccount } from './delete.ts'
import { changeEmail } from './email/change.ts'
import { confirmEmailChange } from './email/confirm-change.ts'
import { sendVerification, verifyEmail } from './email/verify.ts'
import { addApp } from './factors/add.ts'
import { apps, removeApp } from './factors/apps.ts'
import { confirmApp } from './factors/confirm-app.ts'
import { recoveryCodes } from './factors/recovery-codes.ts'
import { overview } from './overview.ts'
import { password } from './password.ts'
import { endOtherSessions, endSession, sessions } from './sessions/sessions.ts'
import { username } from './username.ts'

/** Where a user looks after an account. */
export const accountPages: readonly Page[] = [
  overview,
  confirm,
  username,
  password,
  changeEmail,
  confirmEmailChange,
  verifyEmail,
  sendVerification,
  apps,
  addApp,
  confirmApp,
  removeApp,
  recoveryCodes,
  sessions,
  endSession,
  endOtherSessions,
  deleteAccount,
]
