import type { Messages } from '../messages.ts'

export const common: Messages['common'] = {
  signOut: 'Abmelden',
  optional: '(freiwillig)',
  showPassword: 'Passwort zeigen',
  strength: ['Zu kurz', 'Schwach', 'Mittel', 'Gut', 'Stark'],
  copy: 'Kopieren',
  copied: 'Kopiert',
  notCopied: 'Kopieren nicht möglich: bitte Text markieren',
  cancel: 'Abbrechen',
  continue: 'Weiter',
  username: 'Benutzername',
  email: 'E-Mail-Adresse',
  password: 'Passwort',
  newPassword: 'Neues Passwort',
  passwordHint: (minLength) =>
    `Mindestens ${minLength} Zeichen. Gut sind ein paar Wörter, die nichts miteinander zu tun haben.`,
  failed: 'Das hat nicht geklappt',
  tryAgainIn: (seconds) =>
    seconds < 90
      ? `Versuchen Sie es in ${seconds} ${seconds === 1 ? 'Sekunde' : 'Sekunden'} wieder.`
      : `Versuchen Sie es in ${Math.ceil(seconds / 60)} Minuten wieder.`,
  notFound: 'Diese Seite gibt es nicht',
  notFoundLead: 'Die Adresse ist vielleicht falsch geschrieben oder veraltet.',
  home: 'Zur Startseite',
}

export const problems: Messages['problems'] = {
  form: 'Bitte prüfen Sie Folgendes:',
  other: 'Das hat nicht geklappt. Bitte versuchen Sie es noch einmal.',
  invalid_credentials: 'Der Name oder das Passwort ist falsch.',
  invalid_request: 'Bitte prüfen Sie Folgendes:',
  password_wrong: 'Das Passwort ist falsch.',
  password_same: 'Das ist Ihr bisheriges Passwort.',
  mfa_enrollment_required: 'Ihr Konto verlangt einen zweiten Faktor: Fügen Sie zuerst einen anderen hinzu.',
  insufficient_user_authentication: 'Das hat etwas gedauert. Bestätigen Sie, dass Sie es sind.',
  token_not_fresh: 'Das hat etwas gedauert. Bestätigen Sie, dass Sie es sind.',
  session_required: 'Melden Sie sich zuerst hier an.',
  username_taken: 'Dieser Benutzername ist vergeben.',
  email_taken: 'Ein anderes Konto hat diese Adresse.',
  registration_closed: 'Neue Konten werden hier nicht angenommen.',
  email_not_verified:
    'Bestätigen Sie zuerst Ihre E-Mail-Adresse: Als das Konto angelegt wurde, haben wir Ihnen eine E-Mail geschickt.',
  mfa_token_invalid: 'Das hat zu lange gedauert. Bitte melden Sie sich noch einmal an.',
  mfa_code_invalid: 'Dieser Code ist falsch oder wurde schon benutzt. Geben Sie den nächsten ein.',
  code_invalid: 'Dieser Code oder Link ist falsch, schon benutzt oder abgelaufen.',
  passkey_invalid:
    'Dieser Passkey hat nicht funktioniert. Versuchen Sie es noch einmal oder melden Sie sich anders an.',
  passkey_refused:
    'Mit diesem Passkey können Sie sich hier nicht anmelden. Vielleicht wurde er entfernt, oder er ist nur ein zweiter Faktor. Melden Sie sich anders an.',
  passkey_not_found: 'Dieser Passkey wurde bereits entfernt.',
  provider_not_found: 'Diese Anmeldung ist hier nicht eingerichtet.',
  provider_refused:
    'Die Anmeldung dort ist fehlgeschlagen oder wurde abgebrochen. Versuchen Sie es noch einmal oder melden Sie sich anders an.',
  account_exists: 'Zu dieser E-Mail-Adresse gibt es schon ein Konto. Melden Sie sich dort an, dann wird es verknüpft.',
  identity_taken: 'Dieses Konto ist bereits mit einem anderen Benutzer verknüpft.',
  identity_not_found: 'Diese Verknüpfung wurde bereits entfernt.',
  device_not_found: 'Dieses Gerät wurde bereits entfernt.',
  last_way_in: 'Ohne diese Anmeldung käme niemand mehr in das Konto. Fügen Sie zuerst eine andere hinzu.',
  provider_unavailable:
    'Der andere Dienst antwortet nicht. Versuchen Sie es später noch einmal oder melden Sie sich anders an.',
  mail_disabled: 'Dieser Server verschickt keine E-Mails.',
  email_sign_in_disabled: 'Die Anmeldung per E-Mail ist hier ausgeschaltet.',
  factor_limit_reached: 'Mehr kann ein Konto nicht haben. Entfernen Sie zuerst einen Eintrag.',
  factor_not_found: 'Das hat länger als eine Stunde gedauert. Bitte beginnen Sie von vorn.',
  session_not_found: 'Diese Sitzung ist beendet.',
  cross_site_refused: 'Dieses Formular kam nicht von hier. Öffnen Sie die Seite neu und schicken Sie es von dort ab.',
  rate_limited: 'Zu viele Versuche.',
  overloaded: 'Gerade melden sich viele Menschen an.',
  other_user: 'Seit diese Seite geöffnet wurde, hat sich jemand anderes angemeldet. Öffnen Sie sie neu.',
  unavailable: 'Dieser Dienst ist gerade nicht erreichbar. Es geht nichts verloren.',
  body_too_large: 'Das ist zu viel Text.',
}

export const faults: Messages['faults'] = {
  other: 'Das ist nicht gültig.',
  username: 'Verwenden Sie 1 bis 64 Zeichen, ohne Steuerzeichen.',
  email: 'Das ist keine E-Mail-Adresse.',
  new_email: 'Das ist keine E-Mail-Adresse.',
  password: 'Verwenden Sie mehr Zeichen, und weder ein verbreitetes Passwort noch Ihren Namen.',
  new_password: 'Verwenden Sie mehr Zeichen, und weder ein verbreitetes Passwort noch Ihren Namen.',
  name: 'Verwenden Sie 1 bis 64 sichtbare Zeichen.',
}
