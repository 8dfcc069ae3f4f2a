// The upper limit for login.bench.ts, in its own process: prints how many passwords per second are compared with a
// hash.
import { verify } from '@node-rs/argon2'
import { callsPerSecond } from './measure.ts'

const [hash, password, underWay, seconds] = process.argv.slice(2) as [string, string, string, string]
const compare = () => verify(hash, password)
await compare()
console.log(await callsPerSecond(compare, { underWay: Number(underWay), seconds: Number(seconds) }))
