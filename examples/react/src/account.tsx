import { useAuth, type useUser } from 'hallpass/react'
import { useCallback, useEffect, useState } from 'react'

type User = NonNullable<ReturnType<typeof useUser>>

interface Session {
  readonly id: string
  readonly user_agent: string | null
  readonly last_used_at: string
  readonly current: boolean
}

export function Account({ user }: { readonly user: User }) {
  const auth = useAuth()
  const [sessions, setSessions] = useState<readonly Session[]>([])
  const [problem, setProblem] = useState('')

  const list = useCallback(async () => {
    const result = await auth.listSessions()
    if (result.ok) setSessions(result.value.sessions)
    else setProblem(result.msg)
  }, [auth])
  useEffect(() => void list(), [list])

  async function end(id: string) {
    const result = await auth.endSession(id)
    if (result.ok) await list()
    else setProblem(result.msg)
  }

  return (
    <>
      <h1>Hello, {user.username}!</h1>
      <p role="alert">{problem}</p>
      <h2>Your sessions</h2>
      <ul>
        {sessions.map(({ id, user_agent, last_used_at, current }) => (
          <li key={id}>
            {user_agent ?? 'Unknown device'}, last used {new Date(last_used_at).toLocaleString()}{' '}
            {current ? (
              '(this one)'
            ) : (
              <button type="button" onClick={() => end(id)}>
                End
              </button>
            )}
          </li>
        ))}
      </ul>
      <button type="button" onClick={() => auth.logout()}>
        Sign out
      </button>
    </>
  )
}
