import type { Command } from 'commander'
import { makeProgram } from '../../src/cli/program.ts'

/** What `hallpass … --help` prints where standard output is no terminal. */
export async function helpOf(name: string): Promise<string> {
  let text = ''
  const program = makeProgram()
  for (const command of everyCommand(program)) {
    command.configureOutput({
      getOutHelpWidth: () => 80,
      writeOut(part) {
        text += part
      },
    })
  }
  await program.parseAsync([...name.split(' '), '--help'], { from: 'user' }).catch((error: { exitCode?: number }) => {
    // The program is made to throw where it would end.
    if (error.exitCode !== 0) throw error
  })
  return text
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)]
}
