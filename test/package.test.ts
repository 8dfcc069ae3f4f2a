import { execFile, execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { createLogger, build as viteBuild } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

// The package as users get it: packed, installed into an empty folder, imported by plain Node, compiled against.
// `npm test` builds dist/ before this runs.

const root = new URL('..', import.meta.url).pathname
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const consumer = mkdtempSync(join(tmpdir(), 'hallpass-package-'))
const installed = join(consumer, 'node_modules/hallpass')
/** A copy of it, to which frameworks are added while the first one is tested. Unpacking everything again would take longer. */
const withFrameworks = mkdtempSync(join(tmpdir(), 'hallpass-frameworks-'))
let frameworksInstalled: Promise<unknown>
let packedFiles: string[] = []

function run(command: string, args: string[], cwd: string, env = process.env): string {
  return execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** The oldest compiler that reads the types, as the README states. */
const oldestTypeScript = '5.4.5'

/** What the compiler reports about a folder. It is a Go program, and collecting its garbage would be a fifth of its work. */
function compile(folder: string): string {
  return compileWith(join(root, 'node_modules/.bin/tsc'), ['--checkers', '1', '--project', folder], folder)
}

function compileWith(tsc: string, args: string[], folder: string): string {
  try {
    return run(tsc, args, folder, { ...process.env, GOGC: 'off' })
  } catch (error) {
    return String((error as { stdout: string }).stdout)
  }
}

beforeAll(async () => {
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', consumer], root))
  packedFiles = packed.files.map(({ path }: { path: string }) => path)
  const install = (folder: string, packages: string[]) => {
    const args = [
      'install',
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      // npm's cached metadata is recent enough.
      '--prefer-offline',
      ...packages,
    ]
    return promisify(execFile)('npm', args, { cwd: folder })
  }
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
  await install(consumer, [join(consumer, packed.filename)])
  run('cp', ['-a', `${consumer}/.`, withFrameworks], root)
  const version = (name: string) => `${name}@${manifest.devDependencies[name]}`
  frameworksInstalled = install(withFrameworks, [
    ...['express', 'fastify', '@types/express'].map(version),
    `typescript@${oldestTypeScript}`,
  ])
})

afterAll(() => {
  for (const folder of [consumer, withFrameworks]) rmSync(folder, { recursive: true, force: true })
})

describe('the package', () => {
  it('includes what its server needs, and nothing that has to be built', () => {
    expect(Object.keys(manifest.peerDependencies)).toEqual(['express', 'fastify', 'iovalkey', 'pg', 'react'])
    const installs = run('npm', ['query', ':attr(scripts, [install])'], consumer)
    expect(JSON.parse(installs)).toEqual([])
  })

  it('runs as a command where it is installed', () => {
    const hallpass = join(consumer, 'node_modules/.bin/hallpass')
    expect(run(hallpass, ['--version'], consumer).trim()).toBe(manifest.version)
    expect(run(hallpass, ['migrate', '--database', 'sqlite:app.db'], consumer)).toMatch(/^applied {2}0001-accounts\n/)
  })

  it('contains what it needs, and no test, key, database or environment', () => {
    expect(packedFiles).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'CHANGELOG.md', 'dist/index.js', 'dist/index.d.ts']),
    )
    expect(
      packedFiles.filter((file) => /\.test\.|\.env|\.db|\.pem|\.key$|examples|bench|node_modules/.test(file)),
    ).toEqual([])
  })

  const subpaths = Object.keys(manifest.exports).filter((subpath) => !subpath.endsWith('.json'))
  const needsFramework = ['./express', './react']
  it.each(subpaths.filter((subpath) => !needsFramework.includes(subpath)))(
    'is imported as %s by plain Node',
    (subpath) => expect(namesIn(subpath.replace('.', 'hallpass'))).toBeGreaterThan(0),
  )

  function namesIn(name: string, folder = consumer): number {
    const program = `import * as face from '${name}'; console.log(Object.keys(face).length)`
    return Number(run('node', ['--input-type=module', '--eval', program], folder))
  }

  it('issues and verifies a token where it is installed', () => {
    const program = `
      import { JwtManager } from 'hallpass'
      const jwt = new JwtManager({ secret: 'a secret of more than thirty-two bytes' })
      console.log(jwt.verify(jwt.createAccessToken('alice')).identity)`
    expect(run('node', ['--input-type=module', '--eval', program], consumer).trim()).toBe('alice')
  })

  it('compiles under the strictest checks of a consumer, including its own declarations', () => {
    for (const name of ['@types/node', 'undici-types']) {
      cpSync(join(root, 'node_modules', name), join(consumer, 'node_modules', name), { recursive: true })
    }
    writeFileSync(
      join(consumer, 'app.ts'),
      `import { JwtManager } from 'hallpass'
       import { createAuth } from 'hallpass/auth'
       import { jwtRequired } from 'hallpass/hono'
       import { Hono } from 'hono'
       const jwt = new JwtManager({ secret: process.env.JWT_SECRET_KEY })
       export const app: Hono = new Hono()
       const auth = await createAuth({ database: 'sqlite:app.db', secret: process.env.JWT_SECRET_KEY })
       app.route('/auth', auth.routes)
       app.get('/mine', jwtRequired(auth.jwt), (c) => c.json({ id: c.var.jwt.identity }))
       app.get('/protected', jwtRequired(jwt), (c) => c.json({ msg: c.var.jwt.identity.toUpperCase() }))
       // @ts-expect-error this is not one of the types
       app.get('/wrong', jwtRequired(jwt), (c) => c.json(c.var.jwt.nobody))`,
    )
    expect(compileFile('app.ts', consumer)).toBe('')
  })

  it.each([
    ['in a browser, without the types of Node', ['es2024', 'dom'], []],
    ['with the types of Node, without those of a browser', ['es2024'], ['node']],
  ])('types its client %s', (_where, lib, types) => {
    for (const name of ['@types/react', 'csstype']) {
      cpSync(join(root, 'node_modules', name), join(consumer, 'node_modules', name), { recursive: true })
    }
    writeFileSync(
      join(consumer, 'page.ts'),
      `import { type Client, createClient, type Result } from 'hallpass/client'
       import { AuthProvider, useAuth, useSignedIn, useUser } from 'hallpass/react'
       import { createElement, type ReactElement } from 'react'
       const auth: Client = createClient({ baseUrl: '/auth', mode: 'cookies' })
       export async function logIn(): Promise<string> {
         const result = await auth.login({ username: 'alice', password: 'wonderland at tea time' })
         // @ts-expect-error a failure has no value
         result.value.status
         if (!result.ok) return result.code === 'rate_limited' ? String(result.retryAfter) : result.msg
         const me: Result<{ readonly username: string }> = await auth.me()
         const response: Response = await auth.fetch('/api', { method: 'POST' })
         return result.value.status === 'mfa_required' ? result.value.mfa_token : String(me.ok && response.ok)
       }
       function Name(): ReactElement {
         const names: string | undefined = useUser()?.username
         return createElement('p', { onClick: () => void useAuth().logout() }, useSignedIn() ? names : '')
       }
       export const page: ReactElement = createElement(AuthProvider, { client: auth }, createElement(Name))`,
    )
    expect(compileFile('page.ts', consumer, { lib, types, moduleResolution: 'bundler', module: 'esnext' })).toBe('')
  })

  it('types its guards in each framework, and custom claims and users without a cast', async () => {
    await frameworksInstalled
    for (const name of ['hallpass/express', 'hallpass/fastify']) {
      expect(namesIn(name, withFrameworks)).toBeGreaterThan(0)
    }
    writeFileSync(
      join(withFrameworks, 'frameworks.ts'),
      `import express from 'express'
       import fastify from 'fastify'
       import { type JwtClaims, JwtManager } from 'hallpass'
       import { createAuth } from 'hallpass/auth'
       import * as onExpress from 'hallpass/express'
       import * as onFastify from 'hallpass/fastify'
       import * as onHono from 'hallpass/hono'
       import * as onNode from 'hallpass/node'
       import { createServer } from 'node:http'
       import * as onWeb from 'hallpass/web'
       import { Hono } from 'hono'
       declare module 'hallpass' {
         interface Custom {
           claims: { readonly tenant: string }
           user: { readonly name: string }
           identity: string | number
         }
       }
       function read(claims: JwtClaims): string {
         const roles: readonly string[] | undefined = claims.roles
         // @ts-expect-error there is no such claim
         claims.nothing.length
         return claims.tenant.toUpperCase() + (roles?.[0] ?? '')
       }
       const jwt = new JwtManager({ secret: process.env.JWT_SECRET_KEY })
       const auth = await createAuth({ database: 'sqlite:app.db', secret: process.env.JWT_SECRET_KEY })
       express()
         .use('/auth', onExpress.authRoutes(auth))
         .get('/', onExpress.jwtRequired(jwt, { roles: 'admin' }), (req, res) => {
           res.json([req.jwt.identity, req.jwt.user?.name.length, read(req.jwt.claims), req.jwt.claims.tenant])
         })
       express().get('/items/:id', onExpress.jwtRequired(jwt), (req, res) => {
         const id: string = req.params.id
         // @ts-expect-error there is no such parameter
         req.params.name
         res.json([id, req.jwt.identity])
       })
       const numbers = new JwtManager({ secret: process.env.JWT_SECRET_KEY, preset: 'plain', verifySub: false })
       express().get('/', onExpress.jwtRequired(numbers), async (req, res) => {
         // @ts-expect-error it may be a number
         req.jwt.identity.length
         res.json([(await auth.users.find(req.jwt.identity))?.id, numbers.createAccessToken(req.jwt.identity)])
       })
       express.Router().use(onExpress.jwtRequired(jwt)).use('/auth', onExpress.authRoutes(auth))
       const app = fastify()
       await app.register(onFastify.hallpass, { jwt })
       await app.register(onFastify.authRoutes, { auth, prefix: '/auth' })
       app.get('/', { onRequest: app.jwtRequired({ scopes: 'a' }) }, ({ jwt: { claims, user } }) => [read(claims), user?.name])
       app.get('/body', { preValidation: onFastify.jwtRequired(jwt) }, async ({ jwt: { claims } }) => claims.tenant)
       new Hono().get('/', onHono.jwtRequired(jwt), (c) => c.json([read(c.var.jwt.claims), c.var.jwt.claims.roles]))
       type Context = { readonly params: Promise<{ readonly id: string }> }
       export const GET = onWeb.jwtRequired(jwt)(async (request, { jwt, params }: Context & { jwt: { claims: JwtClaims } }) =>
         Response.json([read(jwt.claims), (await params).id, request.url]),
       )
       export const PUT = onWeb.jwtRequired(jwt)<Context>(async (request, { jwt, params }) =>
         Response.json([read(jwt.claims), (await params).id, request.url]),
       )
       express().get('/optional/:id', onExpress.jwtRequired(jwt, { optional: true }), express.json(), (req, res) => {
         const id: string = req.params.id
         res.json([id, req.jwt?.identity])
         // @ts-expect-error the request may be anonymous
         res.json(req.jwt.identity)
       })
       app.get('/optional', { onRequest: app.jwtRequired({ optional: true }) }, (request) => request.jwt?.identity)
       app.get('/optional/2', { preValidation: onFastify.jwtRequired(jwt, { optional: true }) }, (request) =>
         // @ts-expect-error the request may be anonymous
         request.jwt.identity,
       )
       // @ts-expect-error the token may have no jti
       export const length: number = jwt.decodeToken('').jti.length
       createServer(async (req, res) => {
         const known = await onNode.requestGuard(jwt, { roles: 'admin' })(req)
         if (known instanceof onNode.Refusal) return known.send(res)
         res.end(known.identity)
       })
       export const POST = onWeb.jwtRequired(jwt, { optional: true })((_request, context) =>
         // @ts-expect-error the request may be anonymous
         Response.json(context.jwt.identity),
       )`,
    )
    expect(compileFile('frameworks.ts', withFrameworks)).toBe('')
  })

  it('is typed for the oldest compiler that the README states', async () => {
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(
      `TypeScript ${oldestTypeScript.slice(0, 3)} or newer`,
    )
    await frameworksInstalled
    // Other packages, such as the types of Node, have declarations that it cannot read.
    configure('frameworks.ts', withFrameworks, { target: 'es2022', skipLibCheck: true })
    const tsc = join(withFrameworks, 'node_modules/.bin/tsc')
    expect(compileWith(tsc, ['--project', withFrameworks], withFrameworks)).toBe('')
  })

  function compileFile(file: string, folder: string, more: object = {}): string {
    configure(file, folder, more)
    return compile(folder)
  }

  function configure(file: string, folder: string, more: object): void {
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2024',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      // As `tsc --init` writes it: the types must import what they need.
      types: [],
      noEmit: true,
      ...more,
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }))
  }

  it('also states its types for compilers that do not support exports', () => {
    const known = Object.entries(manifest.typesVersions['*'] as Record<string, [string]>).map(([name, [types]]) => [
      name,
      types,
    ])
    const exported = Object.entries(manifest.exports as Record<string, { types?: string }>)
      .filter(([subpath, { types }]) => subpath !== '.' && types !== undefined)
      .map(([subpath, { types }]) => [subpath.replace('./', ''), types])
    expect([manifest.types, known]).toEqual([manifest.exports['.'].types, exported])
  })

  it('has a valid manifest', async () => {
    const { messages, pkg } = await publint({ pkgDir: installed, pack: false, strict: true })
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([])
  })
})

describe('bundled with an application, and run where only the native packages are installed', () => {
  const folder = join(consumer, 'bundled')
  const native = ['@node-rs/argon2', '@node-rs/bcrypt']
  beforeAll(() => {
    cpSync(join(consumer, 'node_modules/@node-rs'), join(folder, 'node_modules/@node-rs'), { recursive: true })
    writeFileSync(
      join(consumer, 'bundle-me.js'),
      `import { createAuth } from 'hallpass/auth'
       import { jwtRequired } from 'hallpass/hono'
       import { Hono } from 'hono'
       async function main() {
         const auth = await createAuth({ database: 'sqlite::memory:', secret: 'a secret of more than thirty-two bytes' })
         const app = new Hono().route('/auth', auth.routes).get('/', jwtRequired(auth.jwt), (c) => c.text('in'))
         const post = async (path, body) => {
           const headers = { 'content-type': 'application/json' }
           return (await app.request(path, { method: 'POST', headers, body: JSON.stringify(body) })).json()
         }
         const user = { username: 'alice', password: 'wonderland at tea time' }
         const { code } = await post('/auth/register', { ...user, password: 'password1' })
         await post('/auth/register', user)
         const { access_token } = await post('/auth/login', user)
         const answer = await app.request('/', { headers: { authorization: 'Bearer ' + access_token } })
         console.log(code, await answer.text())
         await auth.close()
       }
       main()`,
    )
  })

  const bundlers: [what: string, file: string, bundle: (entry: string, file: string) => Promise<unknown>][] = [
    ['esbuild, as a module', 'esbuild.mjs', (entry, outfile) => bundleWithEsbuild('esm', entry, outfile)],
    ['esbuild, as CommonJS', 'esbuild.cjs', (entry, outfile) => bundleWithEsbuild('cjs', entry, outfile)],
    [
      "Vite's SSR build",
      'vite/bundle-me.mjs',
      (entry, outfile) =>
        viteBuild({
          root: consumer,
          configFile: false,
          logLevel: 'error',
          build: { ssr: entry, outDir: dirname(outfile), rollupOptions: { output: { entryFileNames: '[name].mjs' } } },
          ssr: { noExternal: true, external: native },
        }),
    ],
  ]
  it.each(bundlers)('by %s', async (_what, file, bundle) => {
    await bundle(join(consumer, 'bundle-me.js'), join(folder, file))
    expect(run('node', [join(folder, file)], folder)).toBe('invalid_request in\n')
  })

  function bundleWithEsbuild(format: 'esm' | 'cjs', entry: string, outfile: string) {
    const options = { bundle: true, platform: 'node', format, external: native, logLevel: 'error' } as const
    return build({ ...options, entryPoints: [entry], outfile })
  }
})

describe("import 'hallpass'", () => {
  it('loads no SQL, no HTTP framework and no native module', async () => {
    const bundle = await bundleOf('index.js')
    const outside = Object.values(bundle.metafile.inputs).flatMap(({ imports }) =>
      imports.filter(({ external }) => external).map(({ path }) => path),
    )
    expect([...new Set(outside)].sort()).toEqual(['node:buffer', 'node:crypto'])
    expect(
      Object.keys(bundle.metafile.inputs).filter(
        (input) => input.includes('node_modules/') && !input.includes('hallpass'),
      ),
    ).toEqual([])
  })

  it('is at most 20 kB, minified and gzipped', async () => {
    const { metafile, outputFiles } = await bundleOf('index.js')
    // The part that is loaded at once. The code that follows another server's revocations is loaded on demand.
    const size = (name: string): number => {
      const text = outputFiles.find(({ path }) => path === resolve(name))?.contents ?? ''
      const chunks = metafile.outputs[name]?.imports.filter(({ kind }) => kind === 'import-statement') ?? []
      const loaded = chunks.filter(({ external }) => !external).map(({ path }) => size(path))
      return gzipSync(text, { level: 9 }).length + loaded.reduce((sum, bytes) => sum + bytes, 0)
    }
    const [entry] =
      Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint?.endsWith('index.js')) ?? []
    expect(size(entry as string)).toBeGreaterThan(10_000)
    expect(size(entry as string)).toBeLessThanOrEqual(20_000)
  })

  function bundleOf(file: string) {
    return build({
      entryPoints: [join(installed, 'dist', file)],
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'node',
      metafile: true,
      splitting: true,
      outdir: join(installed, 'bundle'),
      write: false,
    })
  }
})

describe("import 'hallpass/client'", () => {
  it('is at most 5 kB, minified and gzipped, and nothing but the client until passkeys are used', async () => {
    const { metafile, outputFiles } = await build({
      stdin: { contents: "export * from 'hallpass/client'", resolveDir: consumer },
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      metafile: true,
      splitting: true,
      outdir: join(consumer, 'client-bundle'),
      write: false,
    })
    const [first, later, ...others] = outputFiles
    expect(gzipSync(first?.contents ?? '', { level: 9 }).length).toBeLessThanOrEqual(5000)
    expect(gzipSync(later?.contents ?? '', { level: 9 }).length).toBeLessThanOrEqual(4500)
    // Code that both files share would become a third one, which every page loads.
    expect(others).toEqual([])
    const [loaded] = Object.values(metafile.outputs)
    const inputs = Object.keys(loaded?.inputs ?? {}).filter((input) => input !== '<stdin>')
    expect(inputs.length).toBeGreaterThan(5)
    expect(inputs.filter((input) => !input.includes('hallpass/dist/client/'))).toEqual([])
    const all = Object.keys(metafile.inputs).filter((input) => !/hallpass\/dist\/client\/|<stdin>/.test(input))
    expect(all.filter((input) => !input.includes('@simplewebauthn/browser/'))).toEqual([])
  })

  describe('in the page of examples/react', () => {
    const folder = join(consumer, 'react')
    beforeAll(() => {
      for (const name of ['@types/react', '@types/react-dom', 'csstype', 'react', 'react-dom', 'scheduler']) {
        cpSync(join(root, 'node_modules', name), join(consumer, 'node_modules', name), { recursive: true })
      }
      // Without packages that may be installed in its folder.
      for (const name of ['index.html', 'src']) {
        cpSync(join(root, 'examples/react', name), join(folder, name), { recursive: true })
      }
      const config = JSON.parse(readFileSync(join(root, 'examples/react/tsconfig.json'), 'utf8'))
      Object.assign(config.compilerOptions, { types: [], skipLibCheck: false })
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
      const types = 'interface ImportMeta { readonly env: Readonly<Record<string, unknown>> }'
      writeFileSync(join(folder, 'src/vite-env.d.ts'), types)
    })

    it('is typed without the types of Node, declarations of the library included', () => {
      expect(compile(folder)).toBe('')
    })

    it('is built by Vite for production without a warning', async () => {
      const warnings: string[] = []
      const note = (text: string) => void warnings.push(text)
      await viteBuild({
        root: folder,
        configFile: false,
        logLevel: 'warn',
        customLogger: { ...createLogger('warn'), warn: note, warnOnce: note, error: note },
        build: { rolldownOptions: { onLog: (_level, log) => note(log.message) } },
      })
      expect(warnings).toEqual([])
    })
  })
})
