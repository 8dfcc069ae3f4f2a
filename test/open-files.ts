import { readdirSync, readlinkSync } from 'node:fs'

/** The files that this process has open and whose paths begin with `path`, as Linux lists them. */
export function openFilesOf(path: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const file = readlinkSync(`/proc/self/fd/${fd}`)
      return file.startsWith(path) ? [file] : []
    } catch {
      // The list itself was open, and is closed by now.
      return []
    }
  })
}
