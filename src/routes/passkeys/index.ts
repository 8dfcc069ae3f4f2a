import type { Endpoint } from '../http/endpoint.ts'
import { loginWithPasskey, passkeyLoginOptions } from './login.ts'
import { listPasskeys, removePasskey, renamePasskey } from './manage.ts'
import { registerOptions, registerPasskey } from './register.ts'
import { passkeyFactorOptions, passkeyReauthenticationOptions } from './second-factor.ts'

/** Passkeys of users, and what they sign in with them. */
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
