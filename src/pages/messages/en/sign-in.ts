export const signIn = {
  title: (name: string): string => `Sign in to ${name}`,
  name: 'Username or e-mail address',
  remember: 'Stay signed in on this device',
  submit: 'Sign in',
  or: 'or',
  withPasskey: 'Sign in with a passkey',
  withProvider: (title: string): string => `Continue with ${title}`,
  forgot: 'Forgot your password?',
  byMail: 'Sign in by mail instead',
  noAccount: 'No account yet?',
  register: 'Create one',
  noCookies:
    'Your browser has not kept the cookies that sign you in. Allow cookies for this site. Some browsers keep none for a site without HTTPS.',
  done: {
    registered: 'Your account is ready. You can sign in now.',
    'registered-mail': 'Almost done. Open the mail that we sent you, then sign in.',
    'signed-out': 'You are signed out.',
    'password-set': 'Your password has been set. You can sign in now.',
    'email-verified': 'Your e-mail address is verified. Sign in to continue.',
    'email-changed': 'Your new e-mail address has been confirmed. Sign in to continue.',
    deleted: 'Your account has been deleted.',
    'signed-out-elsewhere': 'You were signed out. Sign in to continue.',
  },
}

export const secondFactor = {
  title: 'One more step',
  lead: 'Enter the six digits that your authenticator app shows.',
  leadRecovery: 'Enter one of the recovery codes that you saved. Each is valid once.',
  label: 'Code from the app',
  labelRecovery: 'Recovery code',
  submit: 'Continue',
  leadPasskey: 'Use one of your passkeys.',
  usePasskey: 'Use a passkey',
  remember: (days: number): string => `Do not ask again on this device for ${days === 1 ? 'one day' : `${days} days`}`,
  useRecovery: 'Use a recovery code',
  useApp: 'Use the authenticator app',
  startAgain: 'Sign in as someone else',
}

export const register = {
  title: 'Create your account',
  submit: 'Create account',
  hasAccount: 'Already have an account?',
  signIn: 'Sign in',
  emailHint: 'So that you can reset your password if you forget it.',
}
