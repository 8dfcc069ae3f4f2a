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

/** One PostgreSQL for the whole run; each test file makes databases of its own on it. A run within a run is given its address. */
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

/** The command is made for the run. A server that ends leaves its compiled modules for those that are started after it. Most of those are killed, and leave nothing. */
async function prepareCommand(): Promise<void> {
  await bundleCommand()
  const folder = makeFolder()
  const { child, finished } = await serve([], { cwd: folder.path })
  child.kill('SIGTERM')
  await finished
  folder.remove()
}
