/** A program as people have it, on port 3000. Those with `require` are CommonJS, and their manifests say nothing. */
export interface Program {
  readonly what: string
  readonly dependency: string
  readonly entry: string
  readonly text: string
  /** What the lines stand behind, by the words of the instructions. */
  readonly after: string
  /** Other files, and what else the manifest says. */
  readonly files?: Readonly<Record<string, string>>
  readonly manifest?: object
  /** What is started, where that is compiled. */
  readonly compiled?: 'esm' | 'cjs'
  /** Where a class has its routes. */
  readonly classOf?: { readonly file: string; readonly line: string }
  /** As a framework bundles its files. */
  readonly bundled?: boolean
  /** Where our routes are. */
  readonly api?: string
}

const listen = "app.listen(3000, '127.0.0.1')\n"
const hi = "app.get('/', (req, res) => res.send('hi'))\n"

export const programs: readonly Program[] = [
  {
    what: 'Express',
    dependency: 'express',
    entry: 'index.js',
    after: 'const app = express()',
    text: `import express from 'express'\n\nconst app = express()\n\n${hi}${listen}`,
  },
  {
    what: 'Express with semicolons in src, behind cors and before a parser of bodies',
    dependency: 'express',
    entry: 'src/server.js',
    after: 'server.use(cors());',
    text: `import express from 'express';\nimport { basename } from 'node:path';\n\nfunction cors() {\n  return (req, res, next) => next();\n}\n\nexport const server = express();\nserver.use(cors());\nserver.use(express.json());\nserver.get('/', (req, res) => res.send(basename('/hi')));\nserver.listen(3000, '127.0.0.1');\n`,
  },
  {
    what: 'Express in a function, in a module that says so by its name',
    dependency: 'express',
    entry: 'server.mjs',
    after: '  const app = express()',
    text: `import express from 'express'\n\nfunction main() {\n  const app = express()\n  ${hi}  ${listen}}\nmain()\n`,
  },
  {
    what: 'Express in TypeScript that Node runs',
    dependency: 'express',
    entry: 'src/app.ts',
    after: 'const app: express.Express = express()',
    text: `import express, { type Request } from 'express'\n\nconst app: express.Express = express()\n\napp.get('/', (_req: Request, res) => res.send('hi'))\n${listen}`,
  },
  {
    what: 'Express in TypeScript that is compiled to CommonJS',
    dependency: 'express',
    entry: 'src/main.ts',
    after: 'const app = express()',
    compiled: 'cjs',
    manifest: { type: undefined },
    files: { 'tsconfig.json': '{ "compilerOptions": { "outDir": "dist", "module": "nodenext", "strict": true } }' },
    text: `import express from 'express'\n\nconst app = express()\n\napp.get('/', (_req, res) => void res.send('hi'))\n${listen}`,
  },
  {
    what: 'Express in CommonJS',
    dependency: 'express',
    entry: 'app.js',
    after: 'var app = express();',
    text: "#!/usr/bin/env node\n'use strict';\nvar express = require('express');\nvar path = require('path');\n\nvar app = express();\n\napp.use(express.json());\napp.get('/', (req, res) => res.send(path.basename('/hi')));\napp.use((req, res) => res.sendStatus(404));\napp.listen(3000, '127.0.0.1');\n",
  },
  {
    what: 'Express in CommonJS in one breath',
    dependency: 'express',
    entry: 'lib/main.cjs',
    after: "const app = require('express')()",
    text: `'use strict'\nconst app = require('express')()\n\n${hi}${listen}`,
  },
  {
    what: 'Fastify',
    dependency: 'fastify',
    entry: 'app.js',
    after: '  logger: false,\n})',
    text: "import Fastify from 'fastify'\n\nconst fastify = Fastify({\n  logger: false,\n})\n\nfastify.get('/', async () => 'hi')\nawait fastify.listen({ port: 3000, host: '127.0.0.1' })\n",
  },
  {
    what: 'Fastify in a function that waits for nothing, compiled',
    dependency: 'fastify',
    entry: 'src/index.ts',
    after: '  const app = fastify()',
    compiled: 'esm',
    manifest: { scripts: { build: 'tsc' } },
    files: { 'tsconfig.json': '{}' },
    text: "import fastify from 'fastify'\n\nfunction main(): void {\n  const app = fastify()\n  app.get('/', async () => 'hi')\n  app.listen({ port: 3000, host: '127.0.0.1' })\n}\nmain()\n",
  },
  {
    what: 'Fastify in CommonJS',
    dependency: 'fastify',
    entry: 'server.js',
    after: "const fastify = require('fastify')({ logger: false })",
    text: "'use strict'\n\nconst fastify = require('fastify')({ logger: false })\n\nfastify.get('/', async () => 'hi')\nfastify.listen({ port: 3000, host: '127.0.0.1' })\n",
  },
  {
    what: 'Fastify that loads its plugins',
    dependency: 'fastify',
    entry: 'app.js',
    after: '',
    manifest: { dependencies: { fastify: '*', '@fastify/autoload': '*' } },
    files: { 'plugins/README.md.js': 'module.exports = async () => {}' },
    text: "'use strict'\nconst { readdirSync } = require('node:fs')\n\nmodule.exports = async (app) => {\n  for (const file of readdirSync('plugins')) app.register(require('./plugins/' + file))\n  app.get('/', async () => 'hi')\n}\n\nif (require.main === module) {\n  const server = require('fastify')()\n  server.register(module.exports)\n  server.listen({ port: 3000, host: '127.0.0.1' })\n}\n",
  },
  {
    what: 'Hono',
    dependency: 'hono',
    entry: 'src/index.js',
    after: 'const app = new Hono()',
    text: "import { serve } from '@hono/node-server'\nimport { Hono } from 'hono'\n\nconst app = new Hono()\n\napp.get('/', (c) => c.text('hi'))\nserve({ fetch: app.fetch, hostname: '127.0.0.1', port: 3000 })\n",
  },
  {
    what: 'Hono in TypeScript with calls that are chained, compiled',
    dependency: 'hono',
    entry: 'src/index.ts',
    after: "  .get('/', (c) => c.text('hi'))",
    compiled: 'esm',
    files: { 'tsconfig.json': '{ "compilerOptions": { "outDir": "./dist" } }' },
    text: "import { serve } from '@hono/node-server'\nimport { Hono } from 'hono'\n\nexport const app = new Hono<{ Variables: { a: 1 } }>()\n  .get('/', (c) => c.text('hi'))\n\nserve({ fetch: app.fetch, hostname: '127.0.0.1', port: 3000 })\n",
  },
  {
    what: 'NestJS',
    dependency: '@nestjs/core',
    entry: 'src/main.ts',
    after: '  const app = await NestFactory.create(AppModule, { logger: false });',
    compiled: 'cjs',
    classOf: { file: 'src/app.module.ts', line: 'export class AppController {' },
    manifest: { type: undefined, scripts: { build: 'nest build' } },
    files: {
      'tsconfig.json': '{ "compilerOptions": { "experimentalDecorators": true } }',
      'src/app.module.ts':
        "import { Controller, Get, Module } from '@nestjs/common';\n\n@Controller()\nexport class AppController {\n  @Get()\n  greet(): string {\n    return 'hi';\n  }\n}\n\n@Module({ controllers: [AppController] })\nexport class AppModule {}\n",
    },
    text: "import 'reflect-metadata';\nimport { NestFactory } from '@nestjs/core';\nimport { AppModule } from './app.module';\n\nasync function bootstrap() {\n  const app = await NestFactory.create(AppModule, { logger: false });\n  await app.listen(3000, '127.0.0.1');\n}\nvoid bootstrap();\n",
  },
]

/** The routes of Next.js, which stands behind what runs them: its own server finds them by their folders. */
export const nextProgram: Program = {
  what: 'Next.js',
  dependency: 'next',
  entry: 'serve.ts',
  after: 'const nextConfig = {',
  api: '/api',
  compiled: 'esm',
  bundled: true,
  files: {
    'tsconfig.json': '{}',
    'app/page.tsx': '',
    'next.config.mjs': 'const nextConfig = {\n};\n\nexport default nextConfig;\n',
  },
  text: "import { serve } from '@hono/node-server'\nimport { POST } from './app/api/auth/[...path]/route'\nimport { GET } from './app/api/protected/route'\n\nconst pages = (request: Request) => (request.url.endsWith('/protected') ? GET(request) : new Response('hi'))\nconst fetch = (request: Request) => (request.url.includes('/api/auth/') ? POST(request) : pages(request))\nserve({ fetch, hostname: '127.0.0.1', port: 3000 })\n",
}
