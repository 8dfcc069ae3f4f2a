export const signIn = {
  title: (name: string): string => `Sign in to ${name}`,
  name: 'Username or e-mail address',
  remember: 'Stay signed in on this device',
  submit: 'Sign in',
  forgot: 'Forgot your password?',
  byMail: 'Sign in with a mailed link instead',
  noAccount: 'No account yet?',
  register: 'Create one',
  done: {
    registered: 'Your account is ready. Sign in with it.',
    'registered-mail': 'Almost done. Open the mail that we sent you, then sign in.',
    'signed-out': 'You are signed out.',
    'password-set': 'Your password is set. Sign in with it.',
    'email-verified': 'Your e-mail address is verified. Sign in to go on.',
    'email-changed': 'Your new e-mail address is in use. Sign in to go on.',
    deleted: 'Your account is deleted.',
    'signed-out-elsewhere': 'You were signed out. Sign in to go on.',
  },
}

export const secondFactor = {
  title: 'One more step',
  lead: 'Enter the six digits that your authenticator app shows.',
  leadRecovery:
    'Enter one of the recovery codes that you kept when you set up your authenticator app. Each is valid once.',
  label: 'Code of the app',
  labelRecovery: 'Recovery code',
  submit: 'Continue',
  useRecovery: 'Use a recovery code',
  useApp: 'Use the authenticator app',
  startAgain: 'Sign in as someone else',
}

export const register = {
  title: 'Create your account',
  submit: 'Create account',
  hasAccount: 'Have an account already?',
  signIn: 'Sign in',
  emailHint: 'For a new password, should you forget yours.',
}
