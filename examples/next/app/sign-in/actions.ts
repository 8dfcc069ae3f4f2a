'use server'

import { RequestError } from 'hallpass/auth'
import { storeCookies } from 'hallpass/web'
import { cookies, headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { getAuth } from '@/lib/auth'

export type SignInState = { readonly error?: string } & (
  | { readonly step: 'password' }
  | { readonly step: 'code'; readonly mfaToken: string }
)

/** Next.js compares `Origin` with the host before it calls an action, so no other site can submit the form. */
export async function signIn(state: SignInState, form: FormData): Promise<SignInState> {
  const failed = state.step === 'password' ? await logIn(form) : await proveFactor(form)
  if (failed !== undefined) return failed
  redirect('/')
}

async function logIn(form: FormData): Promise<SignInState | undefined> {
  const auth = await getAuth()
  const [username, password] = [form.get('username'), form.get('password')]
  try {
    const session = await auth.login({ username: String(username), password: String(password) }, await headers())
    storeCookies(await cookies(), session.cookies)
    return undefined
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    // With `mfa_required`, the cookie that the `mfa_token` is bound to.
    storeCookies(await cookies(), error.cookies)
    if (error.code === 'mfa_required') return { step: 'code', mfaToken: String(error.next.mfa_token) }
    return { step: 'password', error: error.message }
  }
}

/** The second step calls the route in this process. */
async function proveFactor(form: FormData): Promise<SignInState | undefined> {
  const auth = await getAuth()
  const mfaToken = String(form.get('mfa_token'))
  const sent = new Headers(await headers())
  sent.delete('content-length')
  sent.set('content-type', 'application/json')
  const body = JSON.stringify({ mfa_token: mfaToken, method: 'totp', code: form.get('code') })
  const request = new Request('http://localhost/api/auth/mfa/verify', { method: 'POST', headers: sent, body })
  const response = await auth.handlerAt('/api/auth')(request)
  storeCookies(await cookies(), response.headers.getSetCookie())
  if (response.ok) return undefined
  const { code, msg } = (await response.json()) as { readonly code: string; readonly msg: string }
  return code === 'mfa_code_invalid' ? { step: 'code', mfaToken, error: msg } : { step: 'password', error: msg }
}

export async function signOut(): Promise<void> {
  const auth = await getAuth()
  const session = await auth.getSession(await headers())
  if (session !== undefined) await auth.sessions.end(session.sessionId)
  storeCookies(await cookies(), [...auth.jwt.unsetAccessCookies(), ...auth.jwt.unsetRefreshCookies()])
  redirect('/')
}
