import cluster from 'node:cluster'
import type { Command } from 'commander'
import { type Config, readConfig } from '../../server/config/config.ts'
import { settings } from '../../server/config/settings.ts'
import type { Log, Logger } from '../../server/logs.ts'
import type { WorkerSide } from '../../server/workers/worker-side.ts'
import { addSettings, sourcesOf } from '../environment.ts'
import { exitCodes, Failure } from '../failure.ts'
import type { Terminal } from '../terminal.ts'
import { greetingOf } from './greeting.ts'

export function addServe(program: Command, version: string, terminal: Terminal): void {
  const command = program
    .command('serve')
    .description(
      'Runs the server. The first start creates the database and, unless NODE_ENV is production, an encryption secret.',
    )
    .addHelpText(
      'after',
      `
Each setting is a flag, or the variable in brackets, from the environment or from .env in this folder. The encryption
secret itself is never a flag: set HALLPASS_ENCRYPTION_SECRET, or name its file.

Example:
  hallpass serve --database sqlite:app.db --port 8080`,
    )
    .action((options: Record<string, unknown>) => serve(readConfig(sourcesOf(terminal, options)), version))
  addSettings(
    command,
    settings.map(({ name }) => name),
  )
}

async function serve(config: Config, version: string): Promise<void> {
  const { makeLog } = await import('../../server/logs.ts')
  const worker = cluster.isWorker ? (await import('../../server/workers/worker-side.ts')).workerSide() : undefined
  const made = makeLog(config.logLevel)
  if (worker !== undefined) return serveAsWorker(config, made, version, worker)
  const { log } = made
  for (const warning of config.warnings) log.warn(warning)
  // Registered before the log says that the server runs, because a program that reads that line may stop it at once.
  const ending = nextSignal()
  let isListening = false
  // Until it listens there is nothing to finish. The first process of a container ignores signals without a handler.
  ending.then((signal) => isListening || endNow(signal))
  const server = await (config.workers > 1 ? startMany(config, log) : startOne(config, made, version))
  isListening = true
  log.info({ url: server.url, version, ...(config.workers > 1 && { workers: config.workers }) }, 'listening')
  // To standard error, because standard output carries only the log.
  if (!config.isProduction) process.stderr.write(greetingOf(server.url, config))
  const signal = await ending
  // A second signal ends it at once.
  nextSignal().then((again) => {
    server.kill?.()
    endNow(again)
  })
  log.info({ signal }, 'shutting down')
  // Ctrl-C comes from a person, who is waiting, and never from a load balancer.
  await server.close(signal === 'SIGTERM' ? config.shutdownDelaySeconds : 0)
  log.info('stopped')
  await exitAfter(made)
}

function endNow(signal: NodeJS.Signals): never {
  process.exit(signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated)
}

/** What listens: this process, or its workers. */
interface Serving {
  readonly url: string
  close(delaySeconds: number): Promise<void>
  kill?(): void
}

/** Errors after which another attempt may succeed: the port is in use, or a name server does not answer. */
const passingListenCodes: ReadonlySet<string | undefined> = new Set(['EADDRINUSE', 'EAI_AGAIN'])

async function startOne(config: Config, log: Log, version: string, worker?: WorkerSide): Promise<Serving> {
  const { startServer, ListenError } = await import('../../server/server.ts')
  const { releaseStartupMemory } = await import('../../server/startup-memory.ts')
  const context = { ...log, version, ...(worker && { metricsOfAll: worker.metrics }) }
  const server = await startServer(config, context).catch((error: unknown) => {
    if (!(error instanceof ListenError)) throw error
    throw new Failure(error.message, passingListenCodes.has(error.code) ? exitCodes.failed : exitCodes.configuration)
  })
  releaseStartupMemory()
  return server
}

async function startMany({ workers }: Config, log: Logger): Promise<Serving> {
  const { startWorkers, WorkerFailure } = await import('../../server/workers/workers.ts')
  return startWorkers(workers, log).catch((error: unknown) => {
    // The worker has already printed what is wrong.
    if (error instanceof WorkerFailure) process.exit(error.exitCode)
    throw error
  })
}

async function serveAsWorker(config: Config, made: Log, version: string, worker: WorkerSide): Promise<void> {
  const log = made.log.child({ worker: worker.id })
  const server = await startOne(config, { ...made, log }, version, worker)
  worker.listening(server.url)
  const delaySeconds = await worker.stopped
  log.info('a worker is shutting down')
  await server.close(delaySeconds ?? config.shutdownDelaySeconds)
  await exitAfter(made)
}

/** Ends this process when its log is written. If its reader is too slow for that, standard error says so. */
async function exitAfter({ finish }: Log): Promise<never> {
  if (!(await finish()))
    process.stderr.write('hallpass: the last log lines are lost: standard output cannot be written\n')
  process.exit(exitCodes.done)
}

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve)
  })
}
