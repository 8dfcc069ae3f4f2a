import type { CallRow } from '../calls.ts'

/** The calls of `laterNames` that are one request. `:id` is the first argument. */
export const laterRows: { readonly [name: string]: CallRow } = {
  register: '/register open',
  deleteMe: '/me session DELETE',
  reauthenticate: '/reauthenticate session POST token_type',
  forgotPassword: '/password/forgot open',
  resetPassword: '/password/reset open',
  requestSignIn: '/login/email open',
  changePassword: '/password account',
  removePassword: '/password account DELETE',
  listSessions: '/sessions session GET',
  endSession: '/sessions/:id session DELETE',
  endOtherSessions: '/sessions session DELETE',
  changeUsername: '/username account',
  requestEmailChange: '/email/change',
  confirmEmailChange: '/email/change/confirm optional',
  cancelEmailChange: '/email/change/cancel open',
  undoEmailChange: '/email/change/undo open',
  redeemOneTimeLink: '/one-time-link open',
  requestVerification: '/email/verification optional',
  verifyEmail: '/email/verify optional',
  listFactors: '/mfa session GET',
  beginTotp: '/mfa/totp',
  confirmTotp: '/mfa/totp/:id/confirm session POST token_type',
  removeTotp: '/mfa/totp/:id session DELETE',
  makeRecoveryCodes: '/mfa/recovery_codes',
  'passkeys.list': '/passkeys session GET passkeys',
  'passkeys.rename': '/passkeys/:id session PATCH id',
  'passkeys.remove': '/passkeys/:id session DELETE',
  'providers.list': '/providers open GET providers',
  'providers.outcome': '/oauth/outcome login-step',
  'identities.list': '/identities session GET identities',
  'identities.link': '/identities/:id session POST redirect_to',
  'identities.remove': '/identities/:id session DELETE',
  'devices.list': '/devices session GET devices',
  'devices.remove': '/devices/:id session DELETE',
  'devices.removeAll': '/devices session DELETE',
}

type Ceremony = 'register' | 'signIn' | 'verifyMfa' | 'reauthenticate'
type PasskeyRequest = Ceremony | `${Ceremony}Options`

/** The requests of the passkey ceremonies. */
export const passkeyRows: { readonly [Name in PasskeyRequest]: CallRow } = {
  registerOptions: '/passkeys/options session POST options',
  register: '/passkeys session POST passkey',
  signInOptions: '/login/passkey/options open POST options',
  signIn: '/login/passkey login POST token_type',
  verifyMfaOptions: '/mfa/passkey/options open POST options',
  verifyMfa: '/mfa/verify login-step POST token_type',
  reauthenticateOptions: '/reauthenticate/passkey/options session POST options',
  reauthenticate: '/reauthenticate session POST token_type',
}
