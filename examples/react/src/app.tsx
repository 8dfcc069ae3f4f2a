import { useUser } from 'hallpass/react'
import { Account } from './account.tsx'
import { SignIn } from './sign-in.tsx'

export function App() {
  const user = useUser()
  if (user === undefined) return <p aria-busy="true">One moment …</p>
  return user === null ? <SignIn /> : <Account user={user} />
}
