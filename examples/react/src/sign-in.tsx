import { useAuth } from 'hallpass/react'
import { type FormEvent, useState } from 'react'

export function SignIn() {
  const auth = useAuth()
  const [problem, setProblem] = useState('')
  const [mfaToken, setMfaToken] = useState<string>()

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const read = (name: string) => String(form.get(name) ?? '')
    setProblem('')
    if (mfaToken !== undefined) {
      const verified = await auth.verifyMfa({ mfa_token: mfaToken, method: 'totp', code: read('code') })
      if (!verified.ok) setProblem(verified.msg)
      return
    }
    const credentials = { username: read('username'), password: read('password') }
    const isNew = (event.nativeEvent as SubmitEvent).submitter?.getAttribute('value') === 'register'
    const registered = isNew ? await auth.register(credentials) : undefined
    const result = registered?.ok === false ? registered : await auth.login(credentials)
    if (!result.ok) setProblem(result.msg)
    else if ('mfa_token' in result.value) setMfaToken(result.value.mfa_token)
  }

  return (
    <form onSubmit={submit}>
      <h1>Sign in</h1>
      {mfaToken === undefined ? (
        <>
          <label>
            Username <input name="username" autoComplete="username" required />
          </label>
          <label>
            Password <input name="password" type="password" autoComplete="current-password" required />
          </label>
        </>
      ) : (
        <label>
          Code of your authenticator app <input name="code" autoComplete="one-time-code" inputMode="numeric" required />
        </label>
      )}
      <p role="alert">{problem}</p>
      <button type="submit">Sign in</button>
      <button type="submit" value="register" hidden={mfaToken !== undefined}>
        Create an account
      </button>
    </form>
  )
}
