import { existsSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'

/** Types of Linux (statfs(2), linux/magic.h). FUSE is not among them: it may be a disk of this machine. */
const networkFileSystems: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0xff534d42, 'SMB'],
  [0x01021997, '9P'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
  [0x0bd00bd0, 'Lustre'],
])

/** The name of a network file system, by the type that `statfs` reports; `undefined` for others. */
export function networkFileSystem(type: number): string | undefined {
  // The type is a signed number on some machines.
  return networkFileSystems.get(type >>> 0)
}

/**
 * Warns if a SQLite file is on a network file system. Most of them claim to support what write-ahead logging needs, and
 * fail when two machines use the file, or when the network does.
 */
export function networkFileWarnings(path: string): string[] {
  // Elsewhere, the numbers of the types mean something else.
  if (process.platform !== 'linux') return []
  const name = networkFileSystem(typeOf(existsSync(path) ? path : dirname(path)))
  if (name === undefined) return []
  return [
    `${path} is on a network file system (${name}), where SQLite can lose data: put it on a local disk, or use PostgreSQL`,
  ]
}

/** 0 if the place cannot be examined: opening the file then says why. */
function typeOf(place: string): number {
  try {
    return statfsSync(place).type
  } catch {
    return 0
  }
}
