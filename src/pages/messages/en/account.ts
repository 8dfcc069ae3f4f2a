import { apps, recoveryCodes, required, setUp } from './factors.ts'
import { linked, methods, passkeys, trusted, waysOverview as ways } from './ways.ts'

const overview = {
  title: 'Your account',
  profile: 'Profile',
  noEmail: 'None',
  verified: 'Verified',
  unverified: 'Not verified',
  enterCode: 'Enter the code',
  sendAgain: 'Send the mail again',
  signingIn: 'Signing in',
  authenticator: 'Authenticator app',
  noApps: 'Not set up',
  apps: (count: number): string => (count === 1 ? 'One app' : `${count} apps`),
  on: 'On',
  recoveryCodes: 'Recovery codes',
  codesLeft: (left: number): string => (left === 0 ? 'None left' : `${left} left`),
  codesLow: (left: number): string =>
    left === 0
      ? 'Without one, you cannot sign in if you lose your second factor.'
      : 'Create new ones before you run out.',
  devices: 'Devices',
  sessions: 'Sessions',
  sessionCount: (count: number, hasMore: boolean): string =>
    hasMore ? `More than ${count} sessions` : count === 1 ? 'Only this session' : `${count} sessions`,
  deletion: 'Delete account',
  deleteText: 'This permanently deletes your account and all of its data.',
  change: 'Change',
  remove: 'Remove',
  add: 'Add',
  setUp: 'Set up',
  manage: 'Manage',
  renew: 'Create new ones',
  show: 'Show',
  delete: 'Delete account',
  done: {
    username: 'Your username has been changed.',
    password: 'Your password has been changed. You are signed out everywhere else.',
    'password-set': 'Your password has been set. You are signed out everywhere else.',
    'password-removed': 'Your password has been removed. You are signed out everywhere else.',
    'email-changed': 'Your e-mail address has been changed. You are signed out everywhere else.',
    'email-verified': 'Your e-mail address is verified.',
  },
}

const username = {
  title: 'Change your username',
  lead: 'You stay signed in everywhere. Others can take your old name at once.',
  label: 'New username',
  submit: 'Change username',
}

const password = {
  title: 'Change your password',
  lead: 'You stay signed in here, and are signed out everywhere else.',
  current: 'Current password',
  submit: 'Change password',
  titleFirst: 'Set a password',
  leadFirst:
    'Your account has no password. With one, you can sign in on any device. You are signed out everywhere else.',
  submitFirst: 'Set password',
}

const removePassword = {
  title: 'Remove your password',
  lead: (ways: string): string =>
    `You will then sign in with ${ways}. You stay signed in here, and are signed out everywhere else.`,
  submit: 'Remove password',
}

const email = {
  title: 'Change your e‑mail address',
  titleFirst: 'Add an e‑mail address',
  lead: (address: string): string => `It stays ${address} until you open the mail that we send to the new address.`,
  leadFirst: 'We will send a mail to check that it is yours.',
  label: 'New e-mail address',
  submit: 'Send the mail',
  code: 'Code from the mail',
  confirmChange: {
    title: 'Check your mail',
    lead: 'We sent a mail to the new address. Open the link in it, or enter the code here.',
    submit: 'Change address',
    again: 'Enter the address again',
  },
  verify: {
    title: 'Verify your e‑mail address',
    lead: (address: string): string => `We sent a mail to ${address}. Open the link in it, or enter the code here.`,
    submit: 'Verify address',
    nothing: 'No mail?',
    sent: 'The mail is on its way.',
  },
}

const sessions = {
  title: 'Sessions',
  lead: 'Where you are signed in. If you do not recognise one, end it and change your password.',
  current: 'This device',
  device: (browser: string, system: string): string => `${browser} on ${system}`,
  unknown: 'Unknown device',
  lastUsed: 'Last used',
  since: 'Signed in on',
  by: (methods: string): string => `by ${methods}`,
  justNow: 'just now',
  on: (day: string): string => `on ${day}`,
  end: 'End',
  endOf: (name: string): string => `End the session on ${name}`,
  endOthers: 'End all other sessions',
  newest: 'Newest sessions',
  older: 'Older sessions',
  done: {
    ended: 'The session has ended.',
    'others-ended': 'All other sessions have ended.',
  },
}

const deletion = {
  title: 'Delete your account',
  lead: 'This cannot be undone: your account is deleted, and all of your sessions end.',
  label: (name: string): string => `Type your username, ${name}, to confirm`,
  notNamed: 'This is not your username.',
  submit: 'Delete my account',
}

const confirm = {
  title: 'Confirm that it is you',
  lead: 'You are about to change something that protects your account.',
  code: 'Code from your authenticator app',
  codeHint: 'Or one of your recovery codes.',
  usePasskey: 'Confirm with a passkey',
  signInAgain: 'Sign in again to confirm',
}

/** The pages of the account. */
export const account: {
  readonly back: string
  readonly overview: typeof overview
  readonly username: typeof username
  readonly password: typeof password
  readonly removePassword: typeof removePassword
  readonly email: typeof email
  readonly apps: typeof apps
  readonly setUp: typeof setUp
  readonly required: typeof required
  readonly recoveryCodes: typeof recoveryCodes
  readonly sessions: typeof sessions
  readonly deletion: typeof deletion
  readonly confirm: typeof confirm
  readonly ways: typeof ways
  readonly passkeys: typeof passkeys
  readonly linked: typeof linked
  readonly trusted: typeof trusted
  readonly methods: typeof methods
} = {
  back: 'Your account',
  overview,
  username,
  password,
  removePassword,
  email,
  apps,
  setUp,
  required,
  recoveryCodes,
  sessions,
  deletion,
  confirm,
  ways,
  passkeys,
  linked,
  trusted,
  methods,
}
