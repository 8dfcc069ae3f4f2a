import type { Page } from '../page.ts'
import { confirm, confirmByProvider, confirmChallenge } from './confirm.ts'
import { deleteAccount } from './delete.ts'
import { removeAllDevices, removeDevice, trustedDevices } from './devices/devices.ts'
import { changeEmail } from './email/change.ts'
import { confirmEmailChange } from './email/confirm-change.ts'
import { sendVerification, verifyEmail } from './email/verify.ts'
import { addApp } from './factors/add.ts'
import { apps, removeApp } from './factors/apps.ts'
import { confirmApp } from './factors/confirm-app.ts'
import { recoveryCodes } from './factors/recovery-codes.ts'
import { linkAccount, linkedAccounts, unlinkAccount } from './linked/linked.ts'
import { overview } from './overview.ts'
import { addPasskey, registrationChallenge } from './passkeys/add.ts'
import { passkeys, removePasskey, renamePasskey } from './passkeys/passkeys.ts'
import { password } from './password/change.ts'
import { removePassword } from './password/remove.ts'
import { endOtherSessions, endSession, sessions } from './sessions/sessions.ts'
import { username } from './username.ts'

/** The pages on which users manage their accounts. */
export const accountPages: readonly Page[] = [
  overview,
  confirm,
  confirmChallenge,
  confirmByProvider,
  username,
  password,
  removePassword,
  changeEmail,
  confirmEmailChange,
  verifyEmail,
  sendVerification,
  apps,
  addApp,
  confirmApp,
  removeApp,
  recoveryCodes,
  passkeys,
  addPasskey,
  registrationChallenge,
  renamePasskey,
  removePasskey,
  linkedAccounts,
  linkAccount,
  unlinkAccount,
  trustedDevices,
  removeDevice,
  removeAllDevices,
  sessions,
  endSession,
  endOtherSessions,
  deleteAccount,
]
