/** Passkeys, wherever they are used. */
export const passkey = {
  failed: 'That did not work, or was cancelled. Try again.',
  failedSignIn: 'That did not work, or was cancelled. Try again, or sign in another way.',
  exists: 'This device already has a passkey for your account.',
  unsupported: 'Your browser does not support passkeys here. Use another browser, and allow it to run scripts.',
}

/** The passkeys of the account. */
export const passkeys = {
  title: 'Passkeys',
  lead: 'Sign in with your fingerprint, your face or the PIN of your device. No one can guess, steal or mistype a passkey.',
  none: 'You have no passkey yet. Your device, your password manager or a security key keeps it, and only your browser can use it.',
  add: 'Add a passkey',
  addLead: 'Your browser asks you in the next step where to keep it.',
  name: 'Name',
  nameHint: 'Helps you tell several passkeys apart.',
  create: 'Create passkey',
  created: 'Added on',
  lastUsed: 'Last used',
  neverUsed: 'Never used',
  synced: 'Synced',
  thisDevice: 'On one device',
  secondOnly: 'Second factor only',
  edit: 'Edit',
  save: 'Save',
  removeText: 'You will no longer be able to sign in with it, and will be signed out everywhere else.',
  removeLast:
    'You will no longer be able to sign in with it. Your account will have no second factor, and any recovery codes will stop working. You will be signed out everywhere else.',
  removePasskey: (name: string): string => `Remove ${name}`,
  done: {
    added: 'The passkey has been added. You are signed out everywhere else.',
    renamed: 'The passkey has been renamed.',
    removed: 'The passkey has been removed. You are signed out everywhere else.',
  },
}

/** Accounts with other providers. */
export const linked = {
  title: 'Linked accounts',
  lead: 'You can sign in with any of these accounts.',
  none: 'No account is linked yet.',
  since: 'Linked on',
  lastUsed: 'Last used',
  link: (provider: string): string => `Link ${provider}`,
  remove: 'Unlink',
  removeText: 'You will no longer be able to sign in with this account, and will be signed out everywhere else.',
  removeOf: (provider: string): string => `Unlink ${provider}`,
  leaving: (provider: string): string => `Going to ${provider}`,
  leavingLead: 'Sign in there, and you come back here.',
  go: (provider: string): string => `Continue to ${provider}`,
  done: {
    linked: 'The account has been linked.',
    removed: 'The account has been unlinked. You are signed out everywhere else.',
  },
}

/** Devices on which no second factor is asked for. */
export const trusted = {
  title: 'Trusted devices',
  lead: 'On these devices, signing in does not ask for your second factor.',
  none: 'You have none yet. When you sign in with a second factor, you can choose not to be asked again on that device.',
  until: 'Trusted until',
  remove: 'Remove',
  removeOf: (name: string): string => `Remove ${name}`,
  removeAll: 'Remove all devices',
  done: {
    removed: 'The device is no longer trusted.',
    'all-removed': 'No device is trusted any more.',
  },
}

/** Rows of the overview. */
export const waysOverview = {
  passkeys: 'Passkeys',
  noPasskeys: 'None',
  passkeyCount: (count: number): string => (count === 1 ? 'One passkey' : `${count} passkeys`),
  noPassword: 'None',
  /** After "sign in with". */
  byPasskey: 'a passkey',
  byMail: 'a link by mail',
  linked: 'Linked accounts',
  noneLinked: 'None',
  trusted: 'Trusted devices',
  trustedCount: (count: number): string => (count === 1 ? 'One device' : `${count} devices`),
}

/** How someone signed in, by the methods of RFC 8176. */
export const methods: Readonly<Record<string, string>> = {
  pwd: 'password',
  otp: 'authenticator app',
  recovery: 'recovery code',
  email: 'mail',
  hwk: 'passkey',
  swk: 'passkey',
  fed: 'linked account',
}
