import type { Messages } from '../messages.ts'

export const mailed: Messages['mailed'] = {
  code: 'Code aus der E-Mail',
  link: 'Link aus der E-Mail',
  linkHint:
    'Kopieren Sie den ganzen Link aus der E-Mail und fügen Sie ihn hier ein. Er endet mit vielen Buchstaben und Ziffern.',
  noMail: 'Keine E-Mail? Sehen Sie im Spam-Ordner nach oder',
  askAgain: 'fordern Sie eine neue an',
  backToSignIn: 'Zurück zur Anmeldung',
  verify: {
    title: 'Adresse bestätigen',
    press: 'Ein Klick, und Ihre Adresse ist bestätigt.',
    type: 'Geben Sie Ihre Adresse und den Code aus der E-Mail ein.',
    submit: 'Adresse bestätigen',
  },
  reset: {
    title: 'Neues Passwort setzen',
    press: 'Wählen Sie ein neues Passwort. Alle Sitzungen Ihres Kontos enden.',
    type: 'Geben Sie Ihre Adresse, den Code aus der E-Mail und ein neues Passwort ein. Alle Sitzungen Ihres Kontos enden.',
    submit: 'Passwort setzen',
    afterUndo:
      'Die Änderung ist rückgängig gemacht, und Ihre vorige Adresse gilt wieder. Wir haben einen Code dorthin geschickt: Setzen Sie damit ein neues Passwort.',
  },
  oneTime: {
    title: 'Zurück in Ihr Konto',
    press: 'Wählen Sie ein neues Passwort. Alle Sitzungen Ihres Kontos enden.',
    type: 'Fügen Sie den Link ein, den Sie bekommen haben, und wählen Sie ein neues Passwort. Alle Sitzungen Ihres Kontos enden.',
    submit: 'Passwort setzen',
  },
  change: {
    title: 'Neue Adresse verwenden',
    press: 'Ein Klick, und dies ist die Adresse Ihres Kontos. Sitzungen auf anderen Geräten enden.',
    type: 'Geben Sie den Code ein, den wir an Ihre neue Adresse geschickt haben. Sitzungen auf anderen Geräten enden.',
    paste: 'Fügen Sie den Link ein, den wir an Ihre neue Adresse geschickt haben. Sitzungen auf anderen Geräten enden.',
    submit: 'Diese Adresse verwenden',
  },
  cancel: {
    title: 'Adresse behalten',
    press: 'Ein Klick, und Ihre Adresse wird nicht geändert.',
    type: 'Fügen Sie den Link aus der E-Mail ein, und Ihre Adresse wird nicht geändert.',
    submit: 'Änderung abbrechen',
    done: 'Die Änderung ist abgebrochen',
    doneLead:
      'Ihre Adresse bleibt, wie sie war. Wenn Sie die Änderung nicht veranlasst haben, ist vielleicht jemand anderes in Ihrem Konto angemeldet. Setzen Sie ein neues Passwort.',
    setPassword: 'Neues Passwort setzen',
    toAccount: 'Zu Ihrem Konto',
  },
  undo: {
    title: 'Änderung der Adresse rückgängig machen',
    press:
      'Ihre vorige Adresse gilt wieder. Alle Sitzungen Ihres Kontos enden, sein Passwort wird entfernt, und wir schicken Ihnen einen Code für ein neues.',
    type: 'Fügen Sie den Link aus der E-Mail ein, und Ihre vorige Adresse gilt wieder. Alle Sitzungen Ihres Kontos enden, sein Passwort wird entfernt, und wir schicken Ihnen einen Code für ein neues.',
    submit: 'Rückgängig machen',
  },
  signInLink: {
    title: (name) => `Bei ${name} anmelden`,
    press: 'Ein Klick, und Sie sind auf diesem Gerät angemeldet.',
    type: 'Geben Sie Ihre Adresse und den Code aus der E-Mail ein.',
    submit: 'Anmelden',
    created: 'Willkommen',
    createdLead:
      'Es gab kein Konto mit Ihrer Adresse, also haben wir eines angelegt. Es hat kein Passwort: Sie melden sich per E-Mail an.',
    adopted: 'Dieses Konto gehört jetzt Ihnen',
    adoptedLead:
      'Es wurde mit Ihrer Adresse angelegt, die noch niemand bestätigt hatte. Zu Ihrer Sicherheit wurden sein Passwort und seine Sitzungen entfernt.',
    setPassword: 'Passwort setzen',
  },
  askVerification: {
    title: 'Adresse bestätigen',
    lead: 'Geben Sie Ihre Adresse ein. Wir schicken Ihnen einen Link und einen Code.',
    submit: 'E-Mail anfordern',
  },
  askReset: {
    title: 'Passwort vergessen?',
    lead: 'Geben Sie die Adresse Ihres Kontos ein. Wir schicken Ihnen einen Link und einen Code für ein neues Passwort.',
    submit: 'E-Mail anfordern',
  },
  askSignIn: {
    title: 'Per E-Mail anmelden',
    lead: 'Geben Sie Ihre Adresse ein. Wir schicken Ihnen einen Link und einen Code, mit denen Sie sich anmelden.',
    submit: 'E-Mail anfordern',
  },
  sent: {
    title: 'Sehen Sie in Ihre E-Mails',
    account: (email) => `Wenn ein Konto die Adresse ${email} hat, ist eine E-Mail unterwegs.`,
    anyone: (email) => `Wenn man sich hier mit ${email} anmelden kann, ist eine E-Mail unterwegs.`,
    lead: 'Öffnen Sie den Link darin, oder geben Sie hier den Code ein.',
  },
}
