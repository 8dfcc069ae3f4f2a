import type { Endpoint } from '../http/endpoint.ts'
import { loginWithPasskey, passkeyLoginOptions } from './login.ts'
import { listPasskeys, removePasskey, renamePasskey } from './manage.ts'
import { registerOptions, registerPasskey } from './register.ts'
import { passkeyFactorOptions, passkeyReauthenticationOptions } from './second-factor.ts'

/** The endpoints of passkeys: managing them, and signing in with them. */
export const passkeys: readonly Endpoint[] = [
  listPasskeys,
  registerOptions,
  registerPasskey,
  renamePasskey,
  removePasskey,
  passkeyLoginOptions,
  loginWithPasskey,
  passkeyFactorOptions,
  passkeyReauthenticationOptions,
]
