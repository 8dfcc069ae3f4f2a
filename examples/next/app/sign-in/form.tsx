'use client'

import { useActionState } from 'react'
import { type SignInState, signIn } from './actions'

const first: SignInState = { step: 'password' }

/** It works without script as well: the action is the target of a plain form. */
export function SignInForm() {
  const [state, action, isPending] = useActionState(signIn, first)
  return (
    <form action={action}>
      {state.error && <p role="alert">{state.error}</p>}
      {state.step === 'password' ? (
        <>
          <label>
            Username <input name="username" autoComplete="username" required />
          </label>
          <label>
            Password <input name="password" type="password" autoComplete="current-password" required />
          </label>
        </>
      ) : (
        <>
          <input type="hidden" name="mfa_token" value={state.mfaToken} />
          <label>
            Code of your app <input name="code" inputMode="numeric" autoComplete="one-time-code" required />
          </label>
        </>
      )}
      <button type="submit" disabled={isPending}>
        Sign in
      </button>
    </form>
  )
}
