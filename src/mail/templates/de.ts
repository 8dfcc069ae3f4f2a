import type { Content, Messages } from './content.ts'
import { timeOf, unlinked } from './facts.ts'
import type { Challenge, Notice } from './params.ts'

const ignore = 'Wenn Sie das nicht angefordert haben, ignorieren Sie diese Mail. Es ändert sich nichts.'

function valid(minutes: number): string {
  return minutes % 60 === 0 ? `${minutes / 60} ${minutes === 60 ? 'Stunde' : 'Stunden'}` : `${minutes} Minuten`
}

function challenge(
  subject: string,
  label: string,
  { link, code, minutes }: Challenge,
  intro: string,
  outro: string = ignore,
): Content {
  const once = `Link und Code gelten ${valid(minutes)} und nur einmal. Geben Sie beide nicht weiter.`
  return { subject, intro: [intro], button: { label, link }, code, outro: [once, outro] }
}

function facts(notice: Omit<Notice, 'link' | 'username'>): string {
  const { userAgent, address } = notice
  const browser = userAgent === null ? '' : `, mit ${userAgent}`
  return `${timeOf(notice, 'de-DE')}${browser}${address === null ? '' : `, von der Adresse ${unlinked(address)}`}.`
}

function notice(subject: string, what: string, params: Notice): Content {
  return {
    subject,
    intro: [what, facts(params), 'Wenn Sie das waren, müssen Sie nichts tun.'],
    button: { label: 'Das war ich nicht', link: params.link },
    outro: [
      'Wenn Sie das nicht waren, öffnen Sie den Link und setzen Sie ein neues Passwort. Damit enden alle Sitzungen des Kontos.',
    ],
  }
}

/** German. */
export const de: Messages = {
  common: {
    greeting: (username) => `Guten Tag ${username},`,
    anonymousGreeting: 'Guten Tag,',
    codeLabel: 'Oder geben Sie diesen Code ein:',
    device: (browser, system) => `${browser} unter ${system}`,
    linkLabel: 'Wenn die Schaltfläche nicht funktioniert, öffnen Sie diesen Link:',
    footer: (site) => `Diese Mail kommt von ${site}. Antworten werden nicht gelesen.`,
  },
  verify_email: (params, site) =>
    challenge(
      'Bestätigen Sie Ihre E-Mail-Adresse',
      'Adresse bestätigen',
      params,
      `Hiermit bestätigen Sie Ihre Adresse für ${site}.`,
    ),
  reset_password: (params, site) =>
    challenge(
      'Setzen Sie Ihr Passwort zurück',
      'Neues Passwort setzen',
      params,
      `Jemand möchte das Passwort Ihres Kontos bei ${site} zurücksetzen.`,
    ),
  sign_in: (params, site) =>
    challenge('Ihr Link zum Anmelden', 'Anmelden', params, `Melden Sie sich bei ${site} mit diesem Link oder Code an.`),
  change_email: (params, site) =>
    challenge(
      'Bestätigen Sie Ihre neue E-Mail-Adresse',
      'Diese Adresse verwenden',
      params,
      `Hiermit wird ${params.newAddress} die Adresse Ihres Kontos bei ${site}. Bis dahin bleibt es bei der bisherigen.`,
    ),
  change_email_notice: (params, site) => ({
    subject: 'Ihre E-Mail-Adresse soll geändert werden',
    intro: [
      `Jemand möchte die Adresse Ihres Kontos bei ${site} zu ${params.newAddress} ändern.`,
      facts(params),
      'Wenn Sie das waren, müssen Sie nichts tun.',
    ],
    button: { label: 'Änderung abbrechen', link: params.link },
    outro: ['Wenn Sie das nicht waren, brechen Sie die Änderung ab und setzen Sie ein neues Passwort.'],
  }),
  email_changed: (params, site) => ({
    subject: 'Ihre E-Mail-Adresse wurde geändert',
    intro: [`Dies ist nicht mehr die Adresse Ihres Kontos bei ${site}.`, facts(params)],
    button: { label: 'Änderung rückgängig machen', link: params.link },
    outro: [
      `Wenn Sie das nicht waren, machen Sie die Änderung innerhalb von ${params.days} Tagen rückgängig. Das stellt diese Adresse wieder her, beendet alle Sitzungen des Kontos und lässt Sie ein neues Passwort setzen.`,
    ],
  }),
  email_restored: (params, site) => ({
    subject: 'Eine Änderung der E-Mail-Adresse wurde rückgängig gemacht',
    intro: [
      `Die Änderung der Adresse Ihres Kontos bei ${site} wurde rückgängig gemacht. Die vorige Adresse gilt wieder, alle Sitzungen sind beendet, und bis zu einem neuen Passwort gibt es keines.`,
      facts(params),
    ],
    button: { label: 'Neues Passwort setzen', link: params.link },
    outro: ['Den Link dafür bekommt nur die vorige Adresse.'],
  }),
  account_exists: ({ loginLink, resetLink }, site) => ({
    subject: 'Sie haben bereits ein Konto',
    intro: [
      `Jemand wollte sich bei ${site} mit Ihrer Adresse registrieren. Sie haben bereits ein Konto: melden Sie sich an.`,
    ],
    button: { label: 'Anmelden', link: loginLink },
    outro: [
      `Wenn Sie Ihr Passwort vergessen haben, setzen Sie es zurück: ${resetLink}`,
      'Wenn Sie das nicht waren, ignorieren Sie diese Mail. Es ändert sich nichts.',
    ],
  }),
  password_changed: (params, site) =>
    notice('Ihr Passwort wurde geändert', `Das Passwort Ihres Kontos bei ${site} wurde geändert.`, params),
  password_removed: (params, site) =>
    notice('Ihr Passwort wurde entfernt', `Ihr Konto bei ${site} hat kein Passwort mehr.`, params),
  username_changed: (params, site) =>
    notice(
      'Ihr Benutzername wurde geändert',
      `Der Benutzername Ihres Kontos bei ${site} ist jetzt ${unlinked(params.newUsername)}.`,
      params,
    ),
  factor_added: (params, site) =>
    notice(
      'Ein zweiter Faktor wurde hinzugefügt',
      `Ihrem Konto bei ${site} wurde ein zweiter Faktor hinzugefügt: ${unlinked(params.factor)}.`,
      params,
    ),
  factor_removed: (params, site) =>
    notice(
      'Ein zweiter Faktor wurde entfernt',
      `Von Ihrem Konto bei ${site} wurde ein zweiter Faktor entfernt: ${unlinked(params.factor)}.`,
      params,
    ),
  identity_added: (params, site) =>
    notice(
      'Ein Konto wurde verknüpft',
      `Mit Ihrem Konto bei ${site} wurde ein Konto bei ${unlinked(params.provider)} verknüpft. Es meldet Sie nun auch an.`,
      params,
    ),
  identity_removed: (params, site) =>
    notice(
      'Eine Verknüpfung wurde entfernt',
      `Ihr Konto bei ${site} ist nicht mehr mit dem Konto bei ${unlinked(params.provider)} verknüpft.`,
      params,
    ),
  recovery_codes_made: (params, site) =>
    notice(
      'Ihre Wiederherstellungscodes wurden ersetzt',
      `Die Wiederherstellungscodes Ihres Kontos bei ${site} wurden durch neue ersetzt. Die bisherigen gelten nicht mehr.`,
      params,
    ),
  recovery_code_used: (params, site) =>
    notice(
      'Ein Wiederherstellungscode wurde verwendet',
      `Ein Wiederherstellungscode Ihres Kontos bei ${site} wurde verwendet. Verbleibende Codes: ${params.remaining}.`,
      params,
    ),
  passkey_copied: (params, site) =>
    notice(
      'Ein Passkey wurde vielleicht kopiert',
      `Der Passkey ${unlinked(params.factor)} Ihres Kontos bei ${site} wurde verwendet und zählt seine Verwendungen anders als zuvor. Vielleicht hat jemand eine Kopie: Entfernen Sie ihn, wenn Sie unsicher sind.`,
      params,
    ),
  factor_locked: (params, site) =>
    notice(
      'Ihr Passwort ist vielleicht jemand anderem bekannt',
      `Für Ihr Konto bei ${site} wurden nach dem richtigen Passwort ${params.attempts} falsche Codes hintereinander eingegeben. Codes gelten jetzt nur noch auf Geräten, auf denen Sie sich schon mit einem angemeldet haben.`,
      params,
    ),
  new_device: (params, site) =>
    notice(
      'Ein neues Gerät hat sich angemeldet',
      `Ein neues Gerät hat sich an Ihrem Konto bei ${site} angemeldet${params.userAgent === null ? '' : `: ${params.userAgent}`}.`,
      params,
    ),
  device_trusted: (params, site) =>
    notice(
      'Ein Gerät gilt jetzt als vertrauenswürdig',
      `Auf einem Ihrer Geräte fragt Ihr Konto bei ${site} bis ${timeOf({ at: params.until }, 'de-DE')} nicht nach dem zweiten Faktor.`,
      params,
    ),
  account_deleted: (params, site) => ({
    subject: 'Ihr Konto wurde gelöscht',
    intro: [`Ihr Konto bei ${site} wurde gelöscht.`, facts(params)],
    outro: ['Wenn Sie das nicht waren, wenden Sie sich an den Betreiber des Dienstes.'],
  }),
  one_time_link: ({ link, hours }, site) => ({
    subject: 'Ihr Link zurück in Ihr Konto',
    intro: [`Der Betreiber von ${site} hat einen Link für Sie erstellt, mit dem Sie wieder in Ihr Konto kommen.`],
    button: { label: 'Konto öffnen', link },
    outro: [`Der Link gilt ${valid(hours * 60)} und nur einmal. Geben Sie ihn nicht weiter.`],
  }),
  test: (_params, site) => ({
    subject: 'Test',
    intro: [`Mails von ${site} kommen an.`],
    outro: [],
  }),
}
