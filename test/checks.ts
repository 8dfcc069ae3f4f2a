import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** The compiler is a Go program. Collecting its garbage before it has filled the memory would be a fifth of its work. */
const env = { GOGC: 'off', GOMEMLIMIT: '2GiB', ...process.env }

/**
 * The checks before the tests. They run in parallel, because each keeps one processor busy. `emit` is the build without its
 * checks, which `types` makes.
 */
const exitCodes = await Promise.all(
  ['lint', 'types', 'emit'].map(async (script) => {
    const child = spawn(process.execPath, ['--run', script], { stdio: 'inherit', env })
    const [exitCode] = await once(child, 'exit')
    if (exitCode !== 0) console.error(`npm run ${script} failed`)
    return exitCode
  }),
)
process.exitCode = exitCodes.every((exitCode) => exitCode === 0) ? 0 : 1
