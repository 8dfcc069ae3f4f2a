/** The authenticator apps of the account. */
export const apps = {
  title: 'Authenticator apps',
  lead: 'When you sign in, you enter a code from your phone in addition to your password.',
  setUp: 'Set up an app',
  addAnother: 'Add another app',
  addTitle: 'Set up an authenticator app',
  addLead: 'You need an app that shows codes, such as Google Authenticator, 1Password or Aegis.',
  name: 'Name',
  nameHint: 'Helps you tell several apps apart.',
  defaultName: 'Authenticator app',
  added: 'Added on',
  lastUsed: 'Last used',
  remove: 'Remove',
  removeText: 'Its codes will stop working, and you will be signed out everywhere else.',
  removeLast:
    'You will sign in without a second factor, and your recovery codes will stop working. You will be signed out everywhere else.',
  removeApp: (name: string): string => `Remove ${name}`,
  done: {
    added: 'The app has been set up. You are signed out everywhere else.',
    removed: 'The app has been removed. You are signed out everywhere else.',
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
  done: 'The app has been set up. You are signed out everywhere else.',
}

/** Setting a second factor up at a login, where a role requires one. */
export const required = {
  title: 'Set up a second factor',
  lead: 'Your account requires one, such as the codes of an authenticator app: Google Authenticator, 1Password or Aegis.',
  begin: 'Set up an app',
}

export const recoveryCodes = {
  title: 'Create new recovery codes',
  lead: (left: number): string => (left === 1 ? 'You have one code left.' : `You have ${left} codes left.`),
  text: 'If you lose your phone, you can sign in with a recovery code. Each works once. New codes replace your current ones, and you will be signed out everywhere else.',
  submit: 'Create new codes',
  shownTitle: 'Save your recovery codes',
  shownLead:
    'If you lose your phone, you can sign in with one of these codes. Each works once. They are shown only this time.',
  fileTitle: (brand: string): string => `Recovery codes for ${brand}. Each is valid once.`,
  fileName: 'recovery-codes.txt',
  save: 'Save as a file',
  print: 'Print',
  kept: 'I have saved them',
}
