import { Readable, Writable } from 'node:stream'
import { run } from '../../src/cli/run.ts'
import type { Finished, RunOptions } from '../server/process.ts'

/** `hallpass …` in this process, with nothing of its environment. What is tested of a process itself is in `test/server/process.ts`. */
export async function hallpass(
  args: readonly string[],
  { cwd = '/', env = {}, input = '' }: RunOptions = {},
): Promise<Finished> {
  const output = { stdout: '', stderr: '' }
  const into = (name: keyof typeof output) =>
    new Writable({
      decodeStrings: false,
      write(text: string, _encoding, done) {
        output[name] += text
        done()
      },
    })
  const exitCode = await run(args, {
    folder: cwd,
    environment: env,
    stdin: Readable.from(input.length === 0 ? [] : [Buffer.from(input)], { objectMode: false }),
    stdout: into('stdout'),
    stderr: into('stderr'),
  })
  return { exitCode, ...output }
}
