import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Auth } from '../auth.ts'
import type { AuditEvent, AuditEventName } from '../store/audit.ts'
import type { Log } from './logs.ts'
import { addMailMetrics } from './mail-metrics.ts'

/** A request, as it is measured. The number of labels is limited, whatever clients send. */
export interface MeasuredRequest {
  readonly method: string
  /** The pattern of the route, or `other`. */
  readonly route: string
  readonly status: number
  readonly seconds: number
}

/** The metrics for an operator's Prometheus. */
export interface Metrics {
  readonly contentType: string
  text(): Promise<string>
  countRequest(request: MeasuredRequest): void
  countEvent(event: AuditEvent): void
}

const loginOutcomes: Partial<Record<AuditEventName, string>> = {
  login_succeeded: 'succeeded',
  login_challenged: 'challenged',
  login_failed: 'failed',
  login_limited: 'limited',
}

const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** The metrics of one process, in the form in which prom-client passes them on. */
export type ProcessMetrics = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

/** Collects the metrics of all workers, in a process that is one of them. */
export interface MetricsOfAll {
  /** @throws {RequestError} `unavailable` */
  text(): Promise<string>
  /** Registers the function that returns this worker's metrics. */
  provide(collect: () => Promise<ProcessMetrics>): void
}

/** Only present with workers. */
export const workersGauge = {
  name: 'hallpass_workers',
  help: 'Workers, by state: replied, silent. Gauges cover those that replied, counters all',
  labelNames: ['state'],
} as const

/** @param load Called whenever the metrics are read. */
export function makeMetrics(
  load: () => Pick<Auth, 'hashLoad' | 'revocationLoad' | 'clockDifferenceSeconds' | 'mails'>,
  { version, lostLines }: Pick<Log, 'lostLines'> & { readonly version: string },
  ofAll?: MetricsOfAll,
): Metrics {
  const registers = [new Registry()]
  const [registry] = registers as [Registry]
  collectDefaultMetrics({ register: registry })
  ofAll?.provide(() => registry.getMetricsAsJSON())
  const requests = new Counter({
    name: 'hallpass_requests_total',
    help: 'Answered requests',
    labelNames: ['method', 'route', 'status'],
    registers,
  })
  const durations = new Histogram({
    name: 'hallpass_request_seconds',
    help: 'Time from request to answer',
    labelNames: ['route'],
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3],
    registers,
  })
  const logins = new Counter({
    name: 'hallpass_logins_total',
    help: 'Logins, however the user signs in, by outcome: succeeded, challenged, failed, limited',
    labelNames: ['outcome'],
    registers,
  })
  const refreshes = new Counter({
    name: 'hallpass_refreshes_total',
    help: 'Refreshes, by outcome: succeeded, refused',
    labelNames: ['outcome'],
    registers,
  })
  const reuses = new Counter({
    name: 'hallpass_refresh_token_reuse_total',
    help: 'Sessions ended because a spent refresh token was replayed',
    registers,
  })
  new Gauge({
    name: 'hallpass_password_hashes',
    help: 'Password hashes in progress, by state: running, waiting',
    labelNames: ['state'],
    registers,
    collect() {
      this.set({ state: 'running' }, load().hashLoad.running)
      this.set({ state: 'waiting' }, load().hashLoad.waiting)
    },
  })
  new Gauge({
    name: 'hallpass_revocations',
    help: 'Revocations in memory',
    aggregator: 'max',
    registers,
    collect() {
      this.set(load().revocationLoad.size)
    },
  })
  new Gauge({
    name: 'hallpass_revocation_age_seconds',
    help: 'Age of the in-memory revocation list',
    aggregator: 'max',
    registers,
    collect() {
      this.set(load().revocationLoad.ageSeconds)
    },
  })
  new Gauge({
    name: 'hallpass_clock_difference_seconds',
    help: 'How far the clock of this machine is ahead of the clock of the database',
    aggregator: 'max',
    registers,
    collect() {
      this.set(load().clockDifferenceSeconds)
    },
  })
  new Counter({
    name: 'hallpass_log_lines_lost_total',
    help: 'Log lines lost because standard output could not be written',
    registers,
    collect() {
      this.reset()
      this.inc(lostLines())
    },
  })
  const countMail = addMailMetrics(registers, load)
  new Gauge({
    name: 'hallpass_build_info',
    help: 'The version of hallpass',
    aggregator: 'first',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1)

  return {
    contentType: registry.contentType,
    text: ofAll?.text ?? (() => registry.metrics()),
    countRequest({ method, route, status, seconds }) {
      requests.inc({ method: methods.has(method) ? method : 'other', route, status: String(status) })
      durations.observe({ route }, seconds)
    },
    countEvent(audited) {
      const { event } = audited
      countMail(audited)
      const outcome = loginOutcomes[event]
      if (outcome !== undefined) logins.inc({ outcome })
      if (event === 'session_refreshed') refreshes.inc({ outcome: 'succeeded' })
      if (event === 'refresh_refused') refreshes.inc({ outcome: 'refused' })
      if (event === 'refresh_token_reused') reuses.inc()
    },
  }
}
