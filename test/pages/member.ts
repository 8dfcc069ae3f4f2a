import { codeNow, enroll } from '../auth/mfa/authenticator.ts'
import { password, type Service } from '../auth/service.ts'
import { Visitor } from './visitor.ts'

/** A user who is signed in on the pages. */
export interface PageMember {
  readonly username: string
  readonly visitor: Visitor
  /** Of the authenticator app; empty without one. */
  readonly secret: string
  readonly recoveryCodes: readonly string[]
}

let count = 0

/** Registers a user and signs in by the form. */
export async function newMember(
  service: Service,
  { email = '', factor = false }: { readonly email?: string; readonly factor?: boolean } = {},
): Promise<PageMember> {
  const username = `member${count++}`
  if (factor) {
    const { secret, recoveryCodes } = await enroll(service, username)
    return { username, secret, recoveryCodes, visitor: await signIn(service, { username, secret }) }
  }
  await service.call('POST', '/auth/register', { body: { username, password, ...(email !== '' && { email }) } })
  return { username, secret: '', recoveryCodes: [], visitor: await signIn(service, { username, secret: '' }) }
}

/** Signs in on another browser. */
export async function signIn(
  service: Service,
  { username, secret }: Pick<PageMember, 'username' | 'secret'>,
): Promise<Visitor> {
  const visitor = new Visitor(service.auth)
  const step = await visitor.send('/sign-in', { username, password })
  if (secret === '') return visitor
  // The codes before were used.
  service.elapsed += 60
  await visitor.send(step.location ?? '', { code: codeNow(service, secret) })
  return visitor
}

/** What a page sends with the form of an address, as it is. */
export function fieldsOf(html: string, action: string): Record<string, string> {
  const form = html.split('<form ').find((part) => part.includes(`action="${action}"`)) ?? ''
  const tags = [...form.matchAll(/<input [^>]*>/g)].map(([tag]) => tag)
  const attribute = (tag: string, name: string) => new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? ''
  const pairs = tags.map((tag) => [attribute(tag, 'name'), attribute(tag, 'value').replaceAll('&amp;', '&')])
  return Object.fromEntries(pairs)
}
