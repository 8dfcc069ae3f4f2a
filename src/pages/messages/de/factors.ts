import type { Messages } from '../messages.ts'

type Account = Messages['account']

export const apps: Account['apps'] = {
  title: 'Authenticator-Apps',
  lead: 'Bei der Anmeldung geben Sie außer Ihrem Passwort einen Code von Ihrem Telefon ein.',
  setUp: 'App einrichten',
  addAnother: 'Weitere App hinzufügen',
  addTitle: 'Authenticator-App einrichten',
  addLead: 'Sie brauchen eine App, die Codes zeigt, zum Beispiel Google Authenticator, 1Password oder Aegis.',
  name: 'Name',
  nameHint: 'Er unterscheidet die Apps, wenn Sie mehrere haben.',
  defaultName: 'Authenticator-App',
  added: 'Hinzugefügt am',
  lastUsed: 'Zuletzt benutzt',
  remove: 'Entfernen',
  removeText: 'Mit ihren Codes können Sie sich dann nicht mehr anmelden. Überall sonst werden Sie abgemeldet.',
  removeLast:
    'Sie melden sich dann ohne zweiten Faktor an, und Ihre Wiederherstellungscodes gelten nicht mehr. Überall sonst werden Sie abgemeldet.',
  removeApp: (name) => `${name} entfernen`,
  done: {
    added: 'Die App ist eingerichtet. Überall sonst sind Sie abgemeldet.',
    removed: 'Die App ist entfernt. Überall sonst sind Sie abgemeldet.',
  },
}

export const setUp: Account['setUp'] = {
  title: 'Authenticator-App einrichten',
  scan: 'Scannen Sie dies mit der App:',
  qr: 'QR-Code für die Authenticator-App',
  open: 'In einer App auf diesem Gerät öffnen',
  type: 'Wenn Sie nicht scannen können, geben Sie diesen Schlüssel ein:',
  code: 'Geben Sie den Code ein, den die App zeigt',
  codeHint: 'Sechs Ziffern.',
  submit: 'Aktivieren',
  done: 'Die App ist eingerichtet. Überall sonst sind Sie abgemeldet.',
}

export const required: Account['required'] = {
  title: 'Zweiten Faktor einrichten',
  lead: 'Ihr Konto verlangt einen zweiten Faktor, zum Beispiel die Codes einer Authenticator-App: Google Authenticator, 1Password oder Aegis.',
  begin: 'App einrichten',
}

export const recoveryCodes: Account['recoveryCodes'] = {
  title: 'Neue Codes erzeugen',
  lead: (left) => (left === 1 ? 'Sie haben noch einen Code.' : `Sie haben noch ${left} Codes.`),
  text: 'Mit jedem Wiederherstellungscode können Sie sich einmal anmelden, wenn Sie Ihr Telefon verlieren. Neue Codes ersetzen die bisherigen, und überall sonst werden Sie abgemeldet.',
  submit: 'Neue Codes erzeugen',
  shownTitle: 'Bewahren Sie diese Codes auf',
  shownLead:
    'Mit jedem Wiederherstellungscode können Sie sich einmal anmelden, wenn Sie Ihr Telefon verlieren. Sie werden nur dieses eine Mal gezeigt.',
  fileTitle: (brand) => `Wiederherstellungscodes für ${brand}. Jeder gilt einmal.`,
  fileName: 'wiederherstellungscodes.txt',
  save: 'Als Datei speichern',
  print: 'Drucken',
  kept: 'Ich habe sie aufbewahrt',
}
