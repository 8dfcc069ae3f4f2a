import type { Content, Messages } from './content.ts'
import { timeOf, unlinked } from './facts.ts'
import type { Challenge, Notice } from './params.ts'

const ignore = 'If you did not ask for this, ignore this mail. Nothing changes.'

function valid(minutes: number): string {
  return minutes % 60 === 0 ? `${minutes / 60} ${minutes === 60 ? 'hour' : 'hours'}` : `${minutes} minutes`
}

function challenge(
  subject: string,
  label: string,
  { link, code, minutes }: Challenge,
  intro: string,
  outro: string = ignore,
): Content {
  const once = `The link and the code are valid for ${valid(minutes)} and work once. Do not share them with anyone.`
  return { subject, intro: [intro], button: { label, link }, code, outro: [once, outro] }
}

function facts(notice: Omit<Notice, 'link' | 'username'>): string {
  const { userAgent, address } = notice
  const browser = userAgent === null ? '' : `, with ${userAgent}`
  return `${timeOf(notice, 'en-GB')}${browser}${address === null ? '' : `, from the address ${unlinked(address)}`}.`
}

function notice(subject: string, what: string, params: Notice): Content {
  return {
    subject,
    intro: [what, facts(params), 'If this was you, you do not need to do anything.'],
    button: { label: 'This was not me', link: params.link },
    outro: ['If this was not you, open the link and set a new password. That ends every session of the account.'],
  }
}

/** English. */
export const en: Messages = {
  common: {
    greeting: (username) => `Hello ${username},`,
    anonymousGreeting: 'Hello,',
    codeLabel: 'Or enter this code:',
    device: (browser, system) => `${browser} on ${system}`,
    linkLabel: 'If the button does not work, open this link:',
    footer: (site) => `This mail was sent by ${site}. Replies are not read.`,
  },
  verify_email: (params, site) =>
    challenge(
      'Verify your e-mail address',
      'Verify address',
      params,
      `Verify your address for ${site} with this link or code.`,
    ),
  reset_password: (params, site) =>
    challenge(
      'Reset your password',
      'Set a new password',
      params,
      `Someone asked to reset the password of your account at ${site}.`,
    ),
  sign_in: (params, site) =>
    challenge('Your link to sign in', 'Sign in', params, `Sign in to ${site} with this link or code.`),
  change_email: (params, site) =>
    challenge(
      'Verify your new e-mail address',
      'Use this address',
      params,
      `Make ${params.newAddress} the address of your account at ${site} with this link or code. Until then, the current one stays.`,
    ),
  change_email_notice: (params, site) => ({
    subject: 'Your e-mail address is about to change',
    intro: [
      `Someone asked to change the address of your account at ${site} to ${params.newAddress}.`,
      facts(params),
      'If this was you, you do not need to do anything.',
    ],
    button: { label: 'Cancel the change', link: params.link },
    outro: ['If this was not you, cancel the change and set a new password.'],
  }),
  email_changed: (params, site) => ({
    subject: 'Your e-mail address was changed',
    intro: [`This is no longer the address of your account at ${site}.`, facts(params)],
    button: { label: 'Undo the change', link: params.link },
    outro: [
      `If this was not you, undo the change within ${params.days} days. That restores this address, ends every session of the account and lets you set a new password.`,
    ],
  }),
  email_restored: (params, site) => ({
    subject: 'A change of e-mail address was undone',
    intro: [
      `The change of the address of your account at ${site} was undone. The previous address is in use again, every session has ended, and there is no password until a new one is set.`,
      facts(params),
    ],
    button: { label: 'Set a new password', link: params.link },
    outro: ['The link to do so is sent only to the previous address.'],
  }),
  account_exists: ({ loginLink, resetLink }, site) => ({
    subject: 'You already have an account',
    intro: [`Someone tried to register at ${site} with your address. You already have an account: log in.`],
    button: { label: 'Log in', link: loginLink },
    outro: [
      `If you forgot your password, reset it: ${resetLink}`,
      'If this was not you, ignore this mail. Nothing changes.',
    ],
  }),
  password_changed: (params, site) =>
    notice('Your password was changed', `The password of your account at ${site} was changed.`, params),
  password_removed: (params, site) =>
    notice('Your password was removed', `Your account at ${site} no longer has a password.`, params),
  username_changed: (params, site) =>
    notice(
      'Your username was changed',
      `The username of your account at ${site} is now ${unlinked(params.newUsername)}.`,
      params,
    ),
  factor_added: (params, site) =>
    notice(
      'A second factor was added',
      `A second factor was added to your account at ${site}: ${unlinked(params.factor)}.`,
      params,
    ),
  factor_removed: (params, site) =>
    notice(
      'A second factor was removed',
      `A second factor was removed from your account at ${site}: ${unlinked(params.factor)}.`,
      params,
    ),
  identity_added: (params, site) =>
    notice(
      'An account was linked',
      `An account at ${unlinked(params.provider)} was linked to your account at ${site}: it can now be used to sign in.`,
      params,
    ),
  identity_removed: (params, site) =>
    notice(
      'An account was unlinked',
      `An account at ${unlinked(params.provider)} was unlinked from your account at ${site}.`,
      params,
    ),
  recovery_codes_made: (params, site) =>
    notice(
      'Your recovery codes were replaced',
      `The recovery codes of your account at ${site} were replaced by new ones. The previous ones are no longer valid.`,
      params,
    ),
  recovery_code_used: (params, site) =>
    notice(
      'A recovery code was used',
      `A recovery code of your account at ${site} was used. Codes left: ${params.remaining}.`,
      params,
    ),
  passkey_copied: (params, site) =>
    notice(
      'A passkey may have been copied',
      `The passkey ${unlinked(params.factor)} of your account at ${site} was used, but its counter of uses did not increase. Someone may have a copy of it: remove it if you are not sure.`,
      params,
    ),
  factor_locked: (params, site) =>
    notice(
      'Someone else may know your password',
      `${params.attempts} wrong codes in a row were entered for your account at ${site}, after the right password. Codes are now accepted only on devices where you have signed in with one before.`,
      params,
    ),
  new_device: (params, site) =>
    notice(
      'A new device signed in',
      `A new device signed in to your account at ${site}${params.userAgent === null ? '' : `: ${params.userAgent}`}.`,
      params,
    ),
  device_trusted: (params, site) =>
    notice(
      'A device is now trusted',
      `On one of your devices, signing in to your account at ${site} does not require the second factor until ${timeOf({ at: params.until }, 'en-GB')}.`,
      params,
    ),
  account_deleted: (params, site) => ({
    subject: 'Your account was deleted',
    intro: [`Your account at ${site} was deleted.`, facts(params)],
    outro: ['If this was not you, contact the operator of the service.'],
  }),
  one_time_link: ({ link, hours }, site) => ({
    subject: 'Your link to get back into your account',
    intro: [`The operator of ${site} made a link for you to get back into your account.`],
    button: { label: 'Open my account', link },
    outro: [`The link is valid for ${valid(hours * 60)} and works once. Do not share it with anyone.`],
  }),
  test: (_params, site) => ({
    subject: 'Test',
    intro: [`This is a test: mail from ${site} arrives.`],
    outro: [],
  }),
}
