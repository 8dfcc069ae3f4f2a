import { hostname, userInfo } from 'node:os'
import type { Terminal } from './terminal.ts'

/** Who runs this command, for the audit: the user and the name of the machine. Behind sudo, the user who called it. */
export function actorOfCommand({ environment }: Terminal): string {
  const name = environment.SUDO_USER ?? nameOfUser()
  return `${name}@${hostname()}`.replace(/[^\x21-\x7e]/g, '?').slice(0, 128)
}

/** A container may run under a user id without a name. */
function nameOfUser(): string {
  try {
    return userInfo().username
  } catch {
    return `uid-${process.getuid?.()}`
  }
}
