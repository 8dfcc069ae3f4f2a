import { hostname, userInfo } from 'node:os'
import type { Terminal } from './terminal.ts'

/** Who runs this command, for the audit: the user of the machine, and the machine. Behind sudo, who called it. */
export function actorOfCommand({ environment }: Terminal): string {
  const name = environment.SUDO_USER ?? nameOfUser()
  return `${name}@${hostname()}`.replace(/[^\x21-\x7e]/g, '?').slice(0, 128)
}

/** A container may run under a number that no user has. */
function nameOfUser(): string {
  try {
    return userInfo().username
  } catch {
    return `uid-${process.getuid?.()}`
  }
}
