import type { Messages } from '../messages.ts'

type Account = Messages['account']

export const passkey: Messages['passkey'] = {
  failed: 'Das hat nicht geklappt oder wurde abgebrochen. Versuchen Sie es noch einmal.',
  failedSignIn:
    'Das hat nicht geklappt oder wurde abgebrochen. Versuchen Sie es noch einmal oder melden Sie sich anders an.',
  exists: 'Auf diesem Gerät gibt es schon einen Passkey für Ihr Konto.',
  unsupported: 'Ihr Browser kann hier keine Passkeys verwenden. Nehmen Sie einen anderen und erlauben Sie ihm Skripte.',
}

export const passkeys: Account['passkeys'] = {
  title: 'Passkeys',
  lead: 'Melden Sie sich mit Fingerabdruck, Gesicht oder der PIN Ihres Geräts an. Einen Passkey kann niemand erraten, stehlen oder falsch eintippen.',
  none: 'Sie haben noch keinen Passkey. Ihr Gerät, Ihr Passwortmanager oder ein Sicherheitsschlüssel bewahrt ihn auf, und nur Ihr Browser kann ihn verwenden.',
  add: 'Passkey hinzufügen',
  addLead: 'Ihr Browser fragt im nächsten Schritt, wo er aufbewahrt wird.',
  name: 'Name',
  nameHint: 'Er unterscheidet Passkeys, wenn Sie mehrere haben.',
  create: 'Passkey erstellen',
  created: 'Hinzugefügt am',
  lastUsed: 'Zuletzt benutzt',
  neverUsed: 'Nie benutzt',
  synced: 'Synchronisiert',
  thisDevice: 'Auf einem Gerät',
  secondOnly: 'Nur zweiter Faktor',
  edit: 'Bearbeiten',
  save: 'Speichern',
  removeText: 'Sie können sich dann nicht mehr damit anmelden. Überall sonst werden Sie abgemeldet.',
  removeLast:
    'Sie können sich dann nicht mehr damit anmelden. Ihr Konto hat dann keinen zweiten Faktor, und Wiederherstellungscodes gelten nicht mehr. Überall sonst werden Sie abgemeldet.',
  removePasskey: (name) => `${name} entfernen`,
  done: {
    added: 'Der Passkey ist hinzugefügt. Überall sonst sind Sie abgemeldet.',
    renamed: 'Der Passkey hat einen neuen Namen.',
    removed: 'Der Passkey ist entfernt. Überall sonst sind Sie abgemeldet.',
  },
}

export const linked: Account['linked'] = {
  title: 'Verknüpfte Konten',
  lead: 'Mit jedem dieser Konten können Sie sich anmelden.',
  none: 'Es ist noch kein Konto verknüpft.',
  since: 'Verknüpft am',
  lastUsed: 'Zuletzt benutzt',
  link: (provider) => `${provider} verknüpfen`,
  remove: 'Trennen',
  removeText: 'Sie können sich dann nicht mehr mit diesem Konto anmelden und werden überall sonst abgemeldet.',
  removeOf: (provider) => `${provider} trennen`,
  leaving: (provider) => `Weiter zu ${provider}`,
  leavingLead: 'Melden Sie sich dort an, dann kommen Sie hierher zurück.',
  go: (provider) => `Weiter zu ${provider}`,
  done: {
    linked: 'Das Konto ist verknüpft.',
    removed: 'Das Konto ist getrennt. Überall sonst sind Sie abgemeldet.',
  },
}

export const trusted: Account['trusted'] = {
  title: 'Vertraute Geräte',
  lead: 'Auf diesen Geräten wird bei der Anmeldung nicht nach dem zweiten Faktor gefragt.',
  none: 'Es gibt keine. Wenn Sie sich mit einem zweiten Faktor anmelden, können Sie festlegen, dass dieses Gerät nicht mehr danach fragt.',
  until: 'Vertraut bis',
  remove: 'Entfernen',
  removeOf: (name) => `${name} entfernen`,
  removeAll: 'Alle Geräte entfernen',
  done: {
    removed: 'Dem Gerät wird nicht mehr vertraut.',
    'all-removed': 'Keinem Gerät wird mehr vertraut.',
  },
}

export const waysOverview: Account['ways'] = {
  passkeys: 'Passkeys',
  noPasskeys: 'Keine',
  passkeyCount: (count) => (count === 1 ? 'Ein Passkey' : `${count} Passkeys`),
  noPassword: 'Keines',
  byPasskey: 'einem Passkey',
  byMail: 'einem Link per E-Mail',
  linked: 'Verknüpfte Konten',
  noneLinked: 'Keine',
  trusted: 'Vertraute Geräte',
  trustedCount: (count) => (count === 1 ? 'Ein Gerät' : `${count} Geräte`),
}

export const methods: Account['methods'] = {
  pwd: 'Passwort',
  otp: 'Authenticator-App',
  recovery: 'Wiederherstellungscode',
  email: 'E-Mail',
  hwk: 'Passkey',
  swk: 'Passkey',
  fed: 'verknüpftem Konto',
}
