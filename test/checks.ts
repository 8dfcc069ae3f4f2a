import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** The checks before the tests. They run in parallel, because each keeps one processor busy. */
const exitCodes = await Promise.all(
  ['lint', 'types', 'build'].map(async (script) => {
    const child = spawn(process.execPath, ['--run', script], { stdio: 'inherit' })
    const [exitCode] = await once(child, 'exit')
    if (exitCode !== 0) console.error(`npm run ${script} failed`)
    return exitCode
  }),
)
process.exitCode = exitCodes.every((exitCode) => exitCode === 0) ? 0 : 1
