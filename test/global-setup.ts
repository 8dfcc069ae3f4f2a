import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { type PostgresServer, startPostgres } from './postgres.ts'
import { runtime } from './runtime.ts'
import { bundleCommand } from './server/bundle.ts'
import { makeFolder, serve } from './server/process.ts'
import { makeTables, makeTemplate } from './template.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string
    /** A SQLite file with hallpass's tables, and nothing in them. */
    sqliteTemplate: string
  }
}

/**
 * One PostgreSQL for the whole run. Each test file makes its own databases on it. A nested run receives its address.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = makeFolder()
  const sqliteTemplate = join(folder.path, 'template.db')
  project.provide('sqliteTemplate', sqliteTemplate)
  await makeTables(`sqlite:${sqliteTemplate}`)
  const { HALLPASS_TEST_POSTGRES: given } = process.env
  if (given !== undefined) {
    project.provide('postgresUrl', given)
    return async () => folder.remove()
  }
  const [server] = await Promise.all([preparePostgres(), runtime === 'Node' && prepareCommand()])
  project.provide('postgresUrl', server.url)
  return async () => {
    folder.remove()
    await server.remove()
  }
}

async function preparePostgres(): Promise<PostgresServer> {
  const server = await startPostgres()
  await makeTemplate(server.url)
  return server
}

/**
 * Bundles the command for the run, and starts it once: a server that shuts down leaves its compiled modules in the
 * cache for those started later. Most of those are killed, and leave none.
 */
async function prepareCommand(): Promise<void> {
  await bundleCommand()
  const folder = makeFolder()
  const { child, finished } = await serve([], { cwd: folder.path })
  child.kill('SIGTERM')
  await finished
  folder.remove()
}
