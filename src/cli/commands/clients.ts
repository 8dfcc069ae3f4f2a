import type { Command } from 'commander'
import type { RegisteredClient } from '../../store/clients.ts'
import { addSettings, withAccounts } from '../environment.ts'
import { Failure } from '../failure.ts'
import { printOne, printRows } from '../output.ts'
import { printable } from '../printable.ts'
import type { Terminal } from '../terminal.ts'

type Options = Record<string, unknown> & { readonly json?: boolean }

export function addClients(program: Command, terminal: Terminal): void {
  const clients = program
    .command('clients')
    .description('Manages the services that may introspect tokens and follow revocations.')
  const add = clients
    .command('add <name>')
    .description('Registers a service and prints its id and its secret. The secret cannot be shown again.')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  hallpass clients add billing')
    .action((name: string, options: Options) =>
      withAccounts(
        terminal,
        options,
        async (accounts) => {
          const client = await accounts.clients.add(name)
          printOne(terminal, { ...clientRow(client), client_secret: client.secret }, options)
        },
        { mayMake: true },
      ),
    )
  const list = clients
    .command('list')
    .description('Lists the services in order of registration.')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  hallpass clients list')
    .action((options: Options) =>
      withAccounts(terminal, options, async (accounts) =>
        printRows(terminal, (await accounts.clients.list()).map(clientRow), options),
      ),
    )
  const remove = clients
    .command('remove <id>')
    .description('Removes a service. Its secret stops working at once.')
    .addHelpText('after', '\nExample:\n  hallpass clients remove 0199f0c2-7d0c-7b1e-8a55-3f1c5c1b9a10')
    .action((id: string, options: Options) =>
      withAccounts(terminal, options, async (accounts) => {
        const client = await accounts.clients.remove(id)
        if (client === undefined) throw new Failure(`No such service: ${id}`)
        terminal.stdout.write(`Removed ${printable(client.name)}\n`)
      }),
    )
  for (const command of [add, list, remove]) addSettings(command, ['database'])
}

function clientRow({ id, name, createdAt }: RegisteredClient) {
  return { client_id: id, name, created_at: createdAt.toISOString() }
}
