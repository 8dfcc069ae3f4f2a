import { hallpass } from './hallpass.ts'

/** What `hallpass … --help` prints where standard output is no terminal. */
export async function helpOf(name: string): Promise<string> {
  const { exitCode, stdout, stderr } = await hallpass([...name.split(' '), '--help'])
  if (exitCode !== 0) throw new Error(stderr)
  return stdout
}
