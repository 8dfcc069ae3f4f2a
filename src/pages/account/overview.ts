import type { FactorsBody, SessionsBody } from '../../routes/types.ts'
import type { Page } from '../page.ts'
import { doneNotice, doneText } from '../view/controls.ts'
import { type Html, html, when } from '../view/html.ts'
import { accountPage } from '../view/layout.ts'
import { panel, row, rowLink } from '../view/rows.ts'
import { formOwner, type MemberVisit, memberPage, unavailable } from './frames/member-page.ts'
import { linkedTitles, methodsWithoutPassword, type SignInMethods, signInMethods } from './sign-in-methods.ts'

/** Fewer recovery codes than this are a reason to make new ones. */
const fewRecoveryCodes = 4

/** What a user sees first: the state of the account, and where to change it. */
export const overview: Page = memberPage({
  path: '/account',
  async show(visit) {
    const factors = await visit.ask<FactorsBody>('GET', '/mfa')
    if (!factors.ok) return unavailable(visit, factors)
    const sessions = await visit.ask<SessionsBody>('GET', '/sessions')
    if (!sessions.ok) return unavailable(visit, sessions)
    const methods = await signInMethods(visit)
    if ('code' in methods) return unavailable(visit, methods)
    const { overview: words } = visit.messages.account
    const done = doneText(visit, words.done)
    return {
      html: accountPage(visit, {
        title: words.title,
        username: visit.me.username,
        kind: 'overview',
        content: html`${doneNotice(done)}
          ${panel('profile', words.profile, [usernameRow(visit), emailRow(visit)])}
          ${panel('signing-in', words.signingIn, [
            passwordRow(visit, methods),
            passkeysRow(visit, methods.passkeys),
            linkedRow(visit, methods),
            appsRow(visit, factors.body),
            codesRow(visit, factors.body, methods.passkeys),
          ])}
          ${panel('devices', words.devices, [sessionsRow(visit, sessions.body), trustedRow(visit, methods.devices)])}
          ${panel('delete', words.deletion, [deleteRow(visit)])}`,
      }),
    }
  },
})

function usernameRow(visit: MemberVisit): Html {
  const { common, account } = visit.messages
  return row(
    { label: common.username, value: html`${visit.me.username}` },
    rowLink(visit, '/account/username', account.overview.change, common.username),
  )
}

/** Without mail, no address can be verified or changed. */
function emailRow(visit: MemberVisit): Html | '' {
  const { site, messages, me } = visit
  const { overview: words } = messages.account
  const { email } = messages.common
  if (!site.hasMail) return when(me.email, (address) => row({ label: email, value: html`${address}` }))
  if (me.email === null) {
    const value = html`<span class="dim">${words.noEmail}</span>`
    return row({ label: email, value }, rowLink(visit, '/account/email', words.add, email))
  }
  const tag = me.email_verified
    ? html`<span class="tag">${words.verified}</span>`
    : html`<span class="tag warn">${words.unverified}</span>`
  return html`${row(
    { label: email, value: html`${me.email} ${tag}`, about: me.email_verified ? '' : unverifiedActions(visit) },
    rowLink(visit, '/account/email', words.change, email),
  )}`
}

function unverifiedActions(visit: MemberVisit): Html {
  const { site, messages } = visit
  const { overview: words } = messages.account
  return html`<form class="inline" method="post" action="${site.to('/account/email/send')}">${formOwner(visit)}
    <p><a href="${site.to('/account/email/verify')}">${words.enterCode}</a></p>
    <button class="link" type="submit">${words.sendAgain}</button>
  </form>`
}

function passwordRow(visit: MemberVisit, methods: SignInMethods): Html {
  const { common, account } = visit.messages
  const { overview: words } = account
  if (!visit.me.has_password) {
    const none = html`<span class="dim">${account.ways.noPassword}</span>`
    return row({ label: common.password, value: none }, rowLink(visit, '/account/password', words.add, common.password))
  }
  const canRemove = methodsWithoutPassword(visit, methods).length > 0
  return row(
    { label: common.password, value: html`<span class="dots" aria-hidden="true">••••••••••</span>` },
    html`<div class="acts">
      ${canRemove ? rowLink(visit, '/account/password/remove', words.remove, common.password) : ''}
      ${rowLink(visit, '/account/password', words.change, common.password)}
    </div>`,
  )
}

function passkeysRow(visit: MemberVisit, passkeys: SignInMethods['passkeys']): Html {
  const { ways: words, overview } = visit.messages.account
  const hasNone = passkeys.length === 0
  const value = hasNone
    ? html`<span class="dim">${words.noPasskeys}</span>`
    : html`${words.passkeyCount(passkeys.length)} <span class="tag">${overview.on}</span>`
  return row(
    { label: words.passkeys, value },
    rowLink(visit, '/account/passkeys', hasNone ? overview.add : overview.manage, words.passkeys),
  )
}

/** Omitted if there is nothing to link. */
function linkedRow(visit: MemberVisit, methods: SignInMethods): Html | '' {
  const { ways: words, overview } = visit.messages.account
  if (methods.identities.length === 0 && methods.providers.length === 0) return ''
  const list = new Intl.ListFormat(visit.language).format(linkedTitles(methods))
  const value = list === '' ? html`<span class="dim">${words.noneLinked}</span>` : html`${list}`
  const label = list === '' ? overview.add : overview.manage
  return row({ label: words.linked, value }, rowLink(visit, '/account/linked', label, words.linked))
}

/** Omitted if there is none: a device is trusted at a sign-in, and cannot be added here. */
function trustedRow(visit: MemberVisit, devices: SignInMethods['devices']): Html | '' {
  const { ways: words, overview } = visit.messages.account
  if (devices.length === 0) return ''
  const value = html`${words.trustedCount(devices.length)}`
  return row({ label: words.trusted, value }, rowLink(visit, '/account/devices', overview.show, words.trusted))
}

function appsRow(visit: MemberVisit, { totp }: FactorsBody): Html {
  const { overview: words } = visit.messages.account
  const count = totp.length
  const value =
    count === 0
      ? html`<span class="dim">${words.noApps}</span>`
      : html`${words.apps(count)} <span class="tag">${words.on}</span>`
  const link = count === 0 ? words.setUp : words.manage
  return row({ label: words.authenticator, value }, rowLink(visit, '/account/authenticator', link, words.authenticator))
}

function codesRow(
  visit: MemberVisit,
  { totp, recovery_codes_left: left }: FactorsBody,
  passkeys: SignInMethods['passkeys'],
): Html | '' {
  const { overview: words } = visit.messages.account
  if (totp.length + passkeys.length === 0) return ''
  const isLow = left < fewRecoveryCodes
  const value = isLow ? html`<span class="tag warn">${words.codesLeft(left)}</span>` : html`${words.codesLeft(left)}`
  return row(
    { label: words.recoveryCodes, value, about: isLow ? html`<p>${words.codesLow(left)}</p>` : '' },
    rowLink(visit, '/account/recovery-codes', words.renew, words.recoveryCodes),
  )
}

function sessionsRow(visit: MemberVisit, { sessions, next }: SessionsBody): Html {
  const { overview: words } = visit.messages.account
  const value = html`${words.sessionCount(sessions.length, next !== null)}`
  return row({ label: words.sessions, value }, rowLink(visit, '/account/sessions', words.show, words.sessions))
}

function deleteRow({ site, messages }: MemberVisit): Html {
  const { overview: words } = messages.account
  return row(
    { value: html`<span class="dim">${words.deleteText}</span>` },
    html`<a class="button danger" href="${site.to('/account/delete')}">${words.delete}</a>`,
  )
}
