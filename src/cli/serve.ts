import type { Command } from 'commander'
import { type Config, readConfig, settings } from '../server/config.ts'
import { addSettings, sourcesOf } from './environment.ts'
import { exitCodes, Failure } from './failure.ts'

export function addServe(program: Command, version: string): void {
  const command = program
    .command('serve')
    .description('Runs the server. On a first start it makes its database and, outside of production, its secret.')
    .addHelpText('after', '\nExample:\n  hallpass serve --database sqlite:app.db --port 8080')
    .action((options: Record<string, unknown>) => serve(readConfig(sourcesOf(options)), version))
  addSettings(
    command,
    settings.map(({ name }) => name),
  )
}

async function serve(config: Config, version: string): Promise<void> {
  const [{ startServer }, { makeLog }] = await Promise.all([import('../server/server.ts'), import('../server/logs.ts')])
  const log = makeLog(config.logLevel)
  for (const warning of config.secret.warnings) log.warn(`${warning}. Production refuses it`)
  const server = await startServer(config, log, version).catch((error: NodeJS.ErrnoException) => {
    throw error.syscall === 'listen'
      ? new Failure(`Cannot listen on ${config.host}:${config.port}: ${error.code}`)
      : error
  })
  log.info({ url: server.url, version }, 'listening')
  if (!config.isProduction) greet(server.url)
  const signal = await nextSignal()
  // A second one ends it at once.
  nextSignal().then((again) => process.exit(again === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated))
  log.info({ signal }, 'shutting down')
  await server.close()
  log.info('ended')
  process.exit(exitCodes.done)
}

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve)
  })
}

/** On standard error: the log has standard output to itself. */
function greet(url: string): void {
  const alice = `-H 'Content-Type: application/json' -d '{"username": "alice", "password": "wonderland at tea time"}'`
  process.stderr.write(`
hallpass runs on ${url}. Try it in another terminal:

  curl ${url}/auth/register ${alice}
  TOKEN=$(curl -s ${url}/auth/login ${alice} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
  curl ${url}/auth/me -H "Authorization: Bearer $TOKEN"

The HTTP API is described at ${url}/docs

`)
}
