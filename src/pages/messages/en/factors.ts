/** The authenticator apps of the account. */
export const apps = {
  title: 'Authenticator apps',
  lead: 'When you sign in, you enter a code from your telephone in addition to your password.',
  setUp: 'Set up an app',
  addAnother: 'Add another app',
  addTitle: 'Set up an authenticator app',
  addLead: 'You need an app that shows codes, such as Google Authenticator, 1Password or Aegis.',
  name: 'Name',
  nameHint: 'If you have several, it tells them apart.',
  defaultName: 'Authenticator app',
  added: 'Added on',
  lastUsed: 'Last used',
  remove: 'Remove',
  removeText: 'Its codes then sign you in no more. You are signed out everywhere else.',
  removeLast:
    'Your password alone then signs you in, and your recovery codes are void. You are signed out everywhere else.',
  removeApp: (name: string): string => `Remove ${name}`,
  done: {
    added: 'The app is set up. You are signed out everywhere else.',
    removed: 'The app is removed. You are signed out everywhere else.',
  },
}

/** Setting one up. */
export const setUp = {
  title: 'Set up an authenticator app',
  scan: 'Scan this with the app:',
  qr: 'QR code for the authenticator app',
  open: 'Open in an app on this device',
  type: 'If you cannot scan it, type in this key:',
  code: 'Enter the code that the app shows',
  codeHint: 'Six digits.',
  submit: 'Turn on',
  done: 'The app is set up. You are signed out everywhere else.',
}

/** Setting one up at a login, where a role requires it. */
export const required = {
  title: 'Set up a second factor',
  lead: 'Your account may only be used with an authenticator app: one that shows codes, such as Google Authenticator, 1Password or Aegis.',
  begin: 'Set up an app',
}

export const recoveryCodes = {
  title: 'Make new recovery codes',
  lead: (left: number): string => (left === 1 ? 'You have one code left.' : `You have ${left} codes left.`),
  text: 'Each recovery code signs you in once, if you lose your telephone. New codes replace the ones that you have, and you are signed out everywhere else.',
  submit: 'Make new codes',
  shownTitle: 'Keep your recovery codes',
  shownLead: 'Each of them signs you in once, if you lose your telephone. This is the only time that they are shown.',
  fileTitle: (brand: string): string => `Recovery codes for ${brand}. Each is valid once.`,
  fileName: 'recovery-codes.txt',
  save: 'Save as a file',
  print: 'Print',
  kept: 'I have kept them',
}
