'use client'

import { createClient } from 'hallpass/client'
import { useRouter } from 'next/navigation'
import { useEffect } from 'react'

const client = createClient({ baseUrl: '/api/auth', mode: 'cookies' })

/** When the access token has expired, gets a new one, once for all tabs, and renders the page again. */
export function Renew() {
  const router = useRouter()
  useEffect(() => {
    void client.refresh().then(({ ok }) => ok && router.refresh())
  }, [router])
  return null
}
