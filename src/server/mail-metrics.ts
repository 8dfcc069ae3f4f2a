import { Counter, Gauge, type Registry } from 'prom-client'
import type { Auth } from '../auth.ts'
import type { AuditEvent } from '../store/audit.ts'

/**
 * The metrics of mails. Waiting mails are counted in the database, so for all processes; the rest is what this process
 * did.
 * @returns A function that counts an event.
 */
export function addMailMetrics(registers: Registry[], load: () => Pick<Auth, 'mails'>): (event: AuditEvent) => void {
  const mails = new Counter({
    name: 'hallpass_mails_total',
    help: 'Mails, by outcome: sent, failed (given up)',
    labelNames: ['outcome'],
    registers,
  })
  // A database that is down must not hide the other metrics, so these keep their last values.
  const ask = () =>
    load()
      .mails.load()
      .catch(() => undefined)
  new Gauge({
    name: 'hallpass_mails_waiting',
    help: 'Mails that wait to be sent, or to be tried again',
    aggregator: 'max',
    registers,
    async collect() {
      const asked = await ask()
      if (asked !== undefined) this.set(asked.waiting)
    },
  })
  new Gauge({
    name: 'hallpass_oldest_mail_seconds',
    help: 'How long the oldest waiting mail has waited',
    aggregator: 'max',
    registers,
    async collect() {
      const asked = await ask()
      if (asked !== undefined) this.set(asked.oldestSeconds)
    },
  })
  return function countMail({ event }) {
    if (event === 'mail_sent') mails.inc({ outcome: 'sent' })
    if (event === 'mail_failed') mails.inc({ outcome: 'failed' })
  }
}
