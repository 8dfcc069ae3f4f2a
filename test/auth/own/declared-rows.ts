import type { Row } from '../declared-rows.ts'
import { last, refusedOf, type World } from '../declared-world.ts'
import { openMailbox } from '../email/mailbox.ts'
import { manyMails, url } from '../email/mailed-service.ts'
import { password, type Reply, type Service, startService } from '../service.ts'

const another = 'quite another password'

/** A request for each answer and refusal of the endpoints by which users change their own accounts. */
export function ownRowsOf(world: World): { readonly rows: Row[]; close(): Promise<void> } {
  const inbox = openMailbox()
  const opened = new Map<string, Promise<Service>>()
  const settings = { url, issuer: 'https://id.example', audience: 'shop', sendMail: inbox.send, emailSignIn: true }
  const open = (name: string, limits: object) => {
    const service = opened.get(name) ?? startService('sqlite::memory:', { ...settings, limits })
    opened.set(name, service)
    return service
  }
  const mailed = () => open('mailed', { attemptsPerAccount: 1000, attemptsPerAddress: 100_000, ...manyMails })
  const strict = () => open('strict', { attemptsPerAccount: 1, registrationsPerAddress: 1 })
  let count = 0

  /** A user of a service with a verified address, logged in. */
  async function member(service: Service) {
    const username = `own${count++}`
    const email = `${username}@mail.example`
    const { id } = await service.auth.users.add({ username, password, email })
    await service.auth.users.verifyEmail(id)
    const { body } = await service.call('POST', '/auth/login', { body: { username, password } })
    const send = (path: string, given?: object, method = 'POST') =>
      service.call(method, `/auth${path}`, { token: body.access_token as string, ...(given && { body: given }) })
    const begin = async () => {
      const address = `new.${email}`
      await send('/email/change', { new_email: address })
      return { proof: await inbox.next(address), notice: await inbox.next(email) }
    }
    return { id, username, email, send, begin, refresh: body.refresh_token }
  }
  const fresh = async () => member(await mailed())
  const requests: readonly [id: string, method: string, path: string, body?: object][] = [
    ['changeUsername', 'POST', '/username', { username: 'another' }],
    ['deleteMe', 'DELETE', '/me'],
    ['removePassword', 'DELETE', '/password'],
    ['requestEmailChange', 'POST', '/email/change', { new_email: 'another@mail.example' }],
  ]
  const guarded = requests.flatMap(([id, method, path, body]): Row[] => {
    const call = (token: string, service: Service): Promise<Reply> =>
      service.call(method, `/auth${path}`, { token, ...(body && { body }) })
    return [
      [
        id,
        'token_not_fresh',
        async () => {
          const { refresh } = await fresh()
          const service = await mailed()
          const { body: tokens } = await service.call('POST', '/auth/refresh', { body: { refresh_token: refresh } })
          return call(tokens.access_token as string, service)
        },
      ],
      [
        id,
        'insufficient_user_authentication',
        async () => {
          const { send } = await fresh()
          const service = await mailed()
          service.elapsed += 6 * 60
          return send(path, body, method).finally(() => {
            service.elapsed -= 6 * 60
          })
        },
      ],
      [id, 'session_required', async () => call(world.own(), await mailed())],
    ]
  })
  const rows: Row[] = [
    ...guarded,
    ['changeUsername', '204', async () => (await fresh()).send('/username', { username: `own${count++}` })],
    [
      'changeUsername',
      'username_taken',
      async () => (await fresh()).send('/username', { username: (await fresh()).username }),
    ],
    [
      'changeUsername',
      'rate_limited',
      async () => {
        const { send } = await member(await strict())
        return last(2, () => send('/username', { username: `own${count++}` }))
      },
    ],
    [
      'changePassword',
      'session_required',
      async () => world.post('/password', { token: world.own({ fresh: true }), body: { new_password: another } }),
    ],
    ['removePassword', '204', async () => (await fresh()).send('/password', undefined, 'DELETE')],
    [
      'removePassword',
      'last_way_in',
      async () => {
        const service = await mailed()
        const username = `own${count++}`
        await service.auth.users.add({ username, password })
        const { body } = await service.call('POST', '/auth/login', { body: { username, password } })
        return service.call('DELETE', '/auth/password', { token: String(body.access_token) })
      },
    ],
    ['deleteMe', '204', async () => (await fresh()).send('/me', undefined, 'DELETE')],
    ['requestEmailChange', '202', async () => (await fresh()).send('/email/change', { new_email: 'a@new.example' })],
    [
      'requestEmailChange',
      'mail_disabled',
      async () => world.post('/email/change', { token: await world.access(), body: { new_email: 'a@new.example' } }),
    ],
    [
      'requestEmailChange',
      'rate_limited',
      async () => {
        const { send } = await member(await strict())
        return last(2, () => send('/email/change', { new_email: 'b@new.example' }))
      },
    ],
    [
      'confirmEmailChange',
      '204',
      async () => {
        const { send, begin } = await fresh()
        return send('/email/change/confirm', { token: (await begin()).proof.token })
      },
    ],
    [
      'confirmEmailChange',
      'code_invalid',
      async () => (await fresh()).send('/email/change/confirm', { token: 'hp_ot_x' }),
    ],
    ['confirmEmailChange', 'mail_disabled', () => world.post('/email/change/confirm', { body: { token: 'hp_ot_x' } })],
    [
      'confirmEmailChange',
      'rate_limited',
      async () => {
        const { send } = await member(await strict())
        return last(3, () => send('/email/change/confirm', { code: '000000' }))
      },
    ],
    [
      'cancelEmailChange',
      '204',
      async () => {
        const { send, begin } = await fresh()
        return send('/email/change/cancel', { token: (await begin()).notice.token })
      },
    ],
    ['cancelEmailChange', 'code_invalid', async () => (await fresh()).send('/email/change/cancel', { token: 'x' })],
    [
      'undoEmailChange',
      '204',
      async () => {
        const { send, begin, email } = await fresh()
        await send('/email/change/confirm', { token: (await begin()).proof.token })
        return send('/email/change/undo', { token: (await inbox.next(email)).token })
      },
    ],
    ['undoEmailChange', 'code_invalid', async () => (await fresh()).send('/email/change/undo', { token: 'x' })],
    ['undoEmailChange', 'mail_disabled', () => world.post('/email/change/undo', { body: { token: 'x' } })],
    ['redeemOneTimeLink', '204', () => redeem(world.service)],
    ['redeemOneTimeLink', 'code_invalid', () => redeem(world.service, 'hp_ot_x')],
    [
      'redeemOneTimeLink',
      'overloaded',
      async () => {
        const token = await linkOf(world.busy)
        return refusedOf(() => redeem(world.busy, token))
      },
    ],
  ]

  async function linkOf({ auth }: Service): Promise<string> {
    const { id } = await auth.users.add({ username: `own${count++}`, password })
    return (await auth.users.oneTimeLink(id))?.token ?? ''
  }
  async function redeem(service: Service, token?: string): Promise<Reply> {
    const body = { token: token ?? (await linkOf(service)), new_password: another }
    return service.call('POST', '/auth/one-time-link', { body })
  }
  async function close(): Promise<void> {
    for (const service of opened.values()) await (await service).auth.close()
  }
  return { rows, close }
}
