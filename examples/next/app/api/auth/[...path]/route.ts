import { getAuth } from '@/lib/auth'

/** The routes, for the client in the browser. */
async function handler(request: Request): Promise<Response> {
  const auth = await getAuth()
  return auth.handlerAt('/api/auth')(request)
}

export { handler as DELETE, handler as GET, handler as OPTIONS, handler as PATCH, handler as POST }
