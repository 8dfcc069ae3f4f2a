// The limit of login.bench.ts, in a process of its own: prints how many passwords a second are compared with a hash.
import { verify } from '@node-rs/argon2'
import { callsPerSecond } from './measure.ts'

const [hash, password, underWay, seconds] = process.argv.slice(2) as [string, string, string, string]
const compare = () => verify(hash, password)
await compare()
console.log(await callsPerSecond(compare, { underWay: Number(underWay), seconds: Number(seconds) }))
