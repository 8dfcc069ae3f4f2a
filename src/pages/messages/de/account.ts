import type { Messages } from '../messages.ts'
import { apps, recoveryCodes, required, setUp } from './factors.ts'
import { linked, methods, passkeys, trusted, waysOverview as ways } from './ways.ts'

type Account = Messages['account']

const overview: Account['overview'] = {
  title: 'Ihr Konto',
  profile: 'Profil',
  noEmail: 'Keine',
  verified: 'Bestätigt',
  unverified: 'Nicht bestätigt',
  enterCode: 'Code eingeben',
  sendAgain: 'E-Mail erneut senden',
  signingIn: 'Anmeldung',
  authenticator: 'Authenticator-App',
  noApps: 'Nicht eingerichtet',
  apps: (count) => (count === 1 ? 'Eine App' : `${count} Apps`),
  on: 'Aktiv',
  recoveryCodes: 'Wiederherstellungscodes',
  codesLeft: (left) => (left === 0 ? 'Keine übrig' : `Noch ${left}`),
  codesLow: (left) =>
    left === 0
      ? 'Ohne Code kommen Sie nicht mehr in Ihr Konto, wenn Sie Ihren zweiten Faktor verlieren.'
      : 'Erzeugen Sie neue, bevor Ihnen die Codes ausgehen.',
  devices: 'Geräte',
  sessions: 'Sitzungen',
  sessionCount: (count, hasMore) =>
    hasMore ? `Mehr als ${count} Sitzungen` : count === 1 ? 'Nur diese' : `${count} Sitzungen`,
  deletion: 'Konto löschen',
  deleteText: 'Ihr Konto und alle seine Daten werden endgültig gelöscht.',
  change: 'Ändern',
  remove: 'Entfernen',
  add: 'Hinzufügen',
  setUp: 'Einrichten',
  manage: 'Verwalten',
  renew: 'Neue erzeugen',
  show: 'Zeigen',
  delete: 'Konto löschen',
  done: {
    username: 'Ihr Benutzername ist geändert.',
    password: 'Ihr Passwort ist geändert. Überall sonst sind Sie abgemeldet.',
    'password-set': 'Ihr Passwort ist gesetzt. Überall sonst sind Sie abgemeldet.',
    'password-removed': 'Ihr Passwort ist entfernt. Überall sonst sind Sie abgemeldet.',
    'email-changed': 'Ihre E-Mail-Adresse ist geändert. Überall sonst sind Sie abgemeldet.',
    'email-verified': 'Ihre E-Mail-Adresse ist bestätigt.',
  },
}

const username: Account['username'] = {
  title: 'Benutzernamen ändern',
  lead: 'Sie bleiben überall angemeldet. Der alte Name ist sofort für andere frei.',
  label: 'Neuer Benutzername',
  submit: 'Benutzernamen ändern',
}

const password: Account['password'] = {
  title: 'Passwort ändern',
  lead: 'Hier bleiben Sie angemeldet, überall sonst werden Sie abgemeldet.',
  current: 'Bisheriges Passwort',
  submit: 'Passwort ändern',
  titleFirst: 'Passwort setzen',
  leadFirst:
    'Ihr Konto hat kein Passwort. Mit einem Passwort können Sie sich auf jedem Gerät anmelden. Überall sonst werden Sie abgemeldet.',
  submitFirst: 'Passwort setzen',
}

const removePassword: Account['removePassword'] = {
  title: 'Passwort entfernen',
  lead: (ways) =>
    `Sie melden sich dann mit ${ways} an. Hier bleiben Sie angemeldet, überall sonst werden Sie abgemeldet.`,
  submit: 'Passwort entfernen',
}

const email: Account['email'] = {
  title: 'E‑Mail-Adresse ändern',
  titleFirst: 'E‑Mail-Adresse hinzufügen',
  lead: (address) => `Es bleibt bei ${address}, bis Sie die E-Mail öffnen, die wir an die neue Adresse senden.`,
  leadFirst: 'Wir senden eine E-Mail dorthin, um zu sehen, dass die Adresse Ihnen gehört.',
  label: 'Neue E-Mail-Adresse',
  submit: 'E-Mail senden',
  code: 'Code der E-Mail',
  confirmChange: {
    title: 'Sehen Sie in Ihre E-Mails',
    lead: 'Wir haben eine E-Mail an die neue Adresse gesendet. Öffnen Sie den Link darin, oder geben Sie hier den Code ein.',
    submit: 'Adresse ändern',
    again: 'Adresse noch einmal eingeben',
  },
  verify: {
    title: 'E‑Mail-Adresse bestätigen',
    lead: (address) =>
      `Wir haben eine E-Mail an ${address} gesendet. Öffnen Sie den Link darin, oder geben Sie hier den Code ein.`,
    submit: 'Adresse bestätigen',
    nothing: 'Keine E-Mail bekommen?',
    sent: 'Die E-Mail ist unterwegs.',
  },
}

const sessions: Account['sessions'] = {
  title: 'Sitzungen',
  lead: 'Hier sind Sie angemeldet. Beenden Sie, was Sie nicht kennen, und ändern Sie dann Ihr Passwort.',
  current: 'Dieses Gerät',
  device: (browser, system) => `${browser} unter ${system}`,
  unknown: 'Unbekanntes Gerät',
  lastUsed: 'Zuletzt benutzt',
  since: 'Angemeldet am',
  by: (methods) => `mit ${methods}`,
  justNow: 'gerade eben',
  on: (day) => `am ${day}`,
  end: 'Beenden',
  endOf: (name) => `Die Sitzung von ${name} beenden`,
  endOthers: 'Alle anderen Sitzungen beenden',
  newest: 'Neueste Sitzungen',
  older: 'Ältere Sitzungen',
  done: {
    ended: 'Die Sitzung ist beendet.',
    'others-ended': 'Alle anderen Sitzungen sind beendet.',
  },
}

const deletion: Account['deletion'] = {
  title: 'Konto löschen',
  lead: 'Das lässt sich nicht rückgängig machen: Ihr Konto wird gelöscht, und alle Ihre Sitzungen enden.',
  label: (name) => `Geben Sie zur Bestätigung Ihren Benutzernamen ein: ${name}`,
  notNamed: 'Das ist nicht Ihr Benutzername.',
  submit: 'Mein Konto löschen',
}

const confirm: Account['confirm'] = {
  title: 'Bestätigen Sie, dass Sie es sind',
  lead: 'Sie sind dabei, etwas zu ändern, das Ihr Konto schützt.',
  code: 'Code Ihrer Authenticator-App',
  codeHint: 'Oder einer Ihrer Wiederherstellungscodes.',
  usePasskey: 'Mit einem Passkey bestätigen',
  signInAgain: 'Zur Bestätigung neu anmelden',
}

export const account: Account = {
  back: 'Ihr Konto',
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
