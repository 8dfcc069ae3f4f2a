import type { Messages } from '../messages.ts'

export const signIn: Messages['signIn'] = {
  title: (name) => `Bei ${name} anmelden`,
  name: 'Benutzername oder E-Mail-Adresse',
  remember: 'Auf diesem Gerät angemeldet bleiben',
  submit: 'Anmelden',
  or: 'oder',
  withPasskey: 'Mit einem Passkey anmelden',
  withProvider: (title) => `Weiter mit ${title}`,
  forgot: 'Passwort vergessen?',
  byMail: 'Stattdessen mit einem Link per E‑Mail anmelden',
  noAccount: 'Noch kein Konto?',
  register: 'Eines anlegen',
  noCookies:
    'Ihr Browser hat die Cookies nicht behalten, mit denen Sie angemeldet sind. Erlauben Sie Cookies für diese Website. Manche Browser behalten keine von Websites ohne https.',
  done: {
    registered: 'Ihr Konto ist angelegt. Melden Sie sich damit an.',
    'registered-mail':
      'Fast fertig. Öffnen Sie die E-Mail, die wir Ihnen geschickt haben, und melden Sie sich dann an.',
    'signed-out': 'Sie sind abgemeldet.',
    'password-set': 'Ihr Passwort ist gesetzt. Melden Sie sich damit an.',
    'email-verified': 'Ihre E-Mail-Adresse ist bestätigt. Melden Sie sich an, um weiterzumachen.',
    'email-changed': 'Ihre neue E-Mail-Adresse gilt. Melden Sie sich an, um weiterzumachen.',
    deleted: 'Ihr Konto ist gelöscht.',
    'signed-out-elsewhere': 'Sie wurden abgemeldet. Melden Sie sich an, um weiterzumachen.',
  },
}

export const secondFactor: Messages['secondFactor'] = {
  title: 'Noch ein Schritt',
  lead: 'Geben Sie die sechs Ziffern ein, die Ihre Authenticator-App zeigt.',
  leadRecovery: 'Geben Sie einen der Wiederherstellungscodes ein, die Sie aufbewahrt haben. Jeder gilt einmal.',
  label: 'Code der App',
  labelRecovery: 'Wiederherstellungscode',
  submit: 'Weiter',
  leadPasskey: 'Verwenden Sie einen Ihrer Passkeys.',
  usePasskey: 'Passkey verwenden',
  remember: (days) => `Auf diesem Gerät ${days === 1 ? 'einen Tag' : `${days} Tage`} nicht mehr fragen`,
  useRecovery: 'Einen Wiederherstellungscode verwenden',
  useApp: 'Die Authenticator-App verwenden',
  startAgain: 'Als jemand anderes anmelden',
}

export const register: Messages['register'] = {
  title: 'Konto anlegen',
  submit: 'Konto anlegen',
  hasAccount: 'Haben Sie schon ein Konto?',
  signIn: 'Anmelden',
  emailHint: 'Für ein neues Passwort, falls Sie Ihres vergessen.',
}
