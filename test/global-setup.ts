import type { TestProject } from 'vitest/node'
import { startPostgres } from './postgres.ts'
import { runtime } from './runtime.ts'
import { bundleCommand } from './server/bundle.ts'
import { makeFolder, serve } from './server/process.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string
  }
}

/**
 * One PostgreSQL for the whole run. Each test file makes its own databases on it. A nested run receives its address.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { HALLPASS_TEST_POSTGRES: given } = process.env
  if (given !== undefined) {
    project.provide('postgresUrl', given)
    return async () => {}
  }
  const [server] = await Promise.all([startPostgres(), runtime === 'Node' && prepareCommand()])
  project.provide('postgresUrl', server.url)
  return () => server.remove()
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
