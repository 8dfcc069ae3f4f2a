import { type Dialect, typesIn } from './dialect.ts'

/** The configuration line that keeps Next.js from bundling native modules. */
export const nextConfigLine = "serverExternalPackages: ['hallpass'],"

/** The configuration, for a project that has none. */
export const nextConfig: string = `/** @type {import('next').NextConfig} */
const nextConfig = {
  ${nextConfigLine}
}

export default nextConfig
`

/**
 * The files for Next.js.
 * @param from Returns how a file imports the first of them.
 */
export function nextFiles(
  dialect: Dialect,
  { name, from }: { readonly name: string; readonly from: (file: string) => string },
): Readonly<Record<string, string>> {
  const type = typesIn(dialect)
  const extension = dialect.isTypeScript ? 'ts' : 'js'
  const routes = `app/api/auth/[...path]/route.${extension}`
  const protectedRoute = `app/api/protected/route.${extension}`
  return {
    [`lib/${name}.${extension}`]: `import { ${type('type Auth, ')}createAuth } from 'hallpass/auth'
import { connection } from 'next/server'

// One proxy is in front, such as nginx or the host's own: without one, clients could forge their address.
const options = { database: 'sqlite:app.db', secret: process.env.JWT_SECRET_KEY, trustProxy: 1 }
const kept = globalThis${type(' as { auth?: Promise<Auth> }')}

/** Opened by the first request, not during a build, and kept when Next.js reloads the module in development. */
export async function getAuth()${type(': Promise<Auth>')} {
  await connection()
  kept.auth ??= createAuth(options)
  return kept.auth.catch((error) => {
    kept.auth = undefined
    throw error
  })
}
`,
    [routes]: `import { getAuth } from '${from(routes)}'

async function handler(request${type(': Request')})${type(': Promise<Response>')} {
  const auth = await getAuth()
  return auth.handlerAt('/api/auth')(request)
}

export { handler as DELETE, handler as GET, handler as OPTIONS, handler as PATCH, handler as POST }
`,
    [protectedRoute]: `import { jwtRequired } from 'hallpass/web'
import { getAuth } from '${from(protectedRoute)}'

export async function GET(request${type(': Request')})${type(': Promise<Response>')} {
  const { jwt } = await getAuth()
  return jwtRequired(jwt)((_request, { jwt: who }) => Response.json({ msg: \`Hello, \${who.identity}!\` }))(request)
}
`,
  }
}
