import cluster from 'node:cluster'
import type { Command } from 'commander'
import { type Config, readConfig } from '../server/config.ts'
import type { Logger } from '../server/logs.ts'
import { settings } from '../server/settings.ts'
import type { WorkerSide } from '../server/workers.ts'
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
  const { makeLog } = await import('../server/logs.ts')
  const worker = cluster.isWorker ? (await import('../server/workers.ts')).workerSide() : undefined
  const root = makeLog(config.logLevel)
  const log = worker === undefined ? root : root.child({ worker: worker.id })
  if (worker !== undefined) return serveAsWorker(config, log, version, worker)
  for (const warning of config.secret.warnings) log.warn(`${warning}. Production refuses it`)
  const server = await (config.workers > 1 ? startMany(config, log) : startOne(config, log, version))
  // Listened for before anybody hears that this runs: whoever waits for that line may end it at once.
  const ending = nextSignal()
  log.info({ url: server.url, version, ...(config.workers > 1 && { workers: config.workers }) }, 'listening')
  if (!config.isProduction) greet(server.url)
  const signal = await ending
  // A second one ends it at once.
  nextSignal().then((again) => {
    server.kill?.()
    process.exit(again === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated)
  })
  log.info({ signal }, 'shutting down')
  await server.close()
  log.info('ended')
  process.exit(exitCodes.done)
}

/** What listens: this process, or its workers. */
interface Serving {
  readonly url: string
  close(): Promise<void>
  kill?(): void
}

async function startOne(config: Config, log: Logger, version: string, worker?: WorkerSide): Promise<Serving> {
  const { startServer } = await import('../server/server.ts')
  return startServer(config, { log, version, ...(worker && { metricsOfAll: worker.metrics }) }).catch(
    (error: NodeJS.ErrnoException) => {
      throw error.syscall === 'listen' || error.syscall === 'bind'
        ? new Failure(`Cannot listen on ${config.host}:${config.port}: ${error.code}`)
        : error
    },
  )
}

async function startMany({ workers }: Config, log: Logger): Promise<Serving> {
  const { startWorkers, WorkerFailure } = await import('../server/workers.ts')
  return startWorkers(workers, log).catch((error: unknown) => {
    // It has said what is wrong.
    if (error instanceof WorkerFailure) process.exit(error.exitCode)
    throw error
  })
}

async function serveAsWorker(config: Config, log: Logger, version: string, worker: WorkerSide): Promise<void> {
  const server = await startOne(config, log, version, worker)
  worker.listening(server.url)
  await worker.stopped
  log.info('a worker is shutting down')
  await server.close()
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
