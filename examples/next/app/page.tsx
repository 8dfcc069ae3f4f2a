import { cookies, headers } from 'next/headers'
import Link from 'next/link'
import { getAuth } from '@/lib/auth'
import { Renew } from './renew'
import { signOut } from './sign-in/actions'

/** A server component: it reads the session from the cookies of the request, and never refreshes it. */
export default async function Home() {
  const auth = await getAuth()
  const session = await auth.getSession(await headers())
  if (session === undefined) {
    const mayRenew = (await cookies()).has(auth.jwt.settings.refreshCookieName)
    return (
      <>
        {mayRenew && <Renew />}
        <Link href="/sign-in">Sign in</Link>
      </>
    )
  }
  const user = await auth.users.find(session.userId)
  return (
    <form action={signOut}>
      <p>Signed in as {user?.username}</p>
      <button type="submit">Sign out</button>
    </form>
  )
}
