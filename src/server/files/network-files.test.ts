import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { networkFileSystem, networkFileWarnings } from './network-files.ts'

describe('networkFileSystem', () => {
  // What `stat --file-system --format=%t` of GNU prints, in hexadecimal.
  const types: [type: string, name: string | undefined][] = [
    ['6969', 'NFS'],
    ['517b', 'SMB'],
    ['fe534d42', 'SMB'],
    ['ff534d42', 'SMB'],
    ['1021997', '9P'],
    ['c36400', 'Ceph'],
    ['5346414f', 'AFS'],
    ['bd00bd0', 'Lustre'],
    ['ef53', undefined],
    ['58465342', undefined],
    ['9123683e', undefined],
    ['2fc12fc1', undefined],
    ['794c7630', undefined],
    ['1021994', undefined],
    ['65735546', undefined],
    ['0', undefined],
  ]
  it.each(types)('says of the type %s: %s', (type, name) => {
    const number = Number.parseInt(type, 16)
    expect([networkFileSystem(number), networkFileSystem(number | 0)]).toEqual([name, name])
  })
})

describe('networkFileWarnings', () => {
  it.each([join(tmpdir(), 'app.db'), 'app.db', join(tmpdir(), 'no such folder', 'app.db'), 'a\0b'])(
    'has none for %j',
    (path) => {
      expect(networkFileWarnings(path)).toEqual([])
    },
  )
})
