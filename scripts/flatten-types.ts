import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type ESTree, parseSync, Visitor } from 'vite'

// The client needs the types of what the routes take and answer. Their declarations import those of the server, and with them
// the types of Node, which a project for browsers does not have. This copies what is needed into one file without imports.

const dist = new URL('../dist/', import.meta.url).pathname
const entry = join(dist, 'routes/types.d.ts')

type Declaration = ESTree.TSInterfaceDeclaration | ESTree.TSTypeAliasDeclaration

interface Module {
  readonly text: string
  readonly declared: ReadonlyMap<string, Declaration>
  /** Where a name comes from. */
  readonly imported: ReadonlyMap<string, string>
}

const modules = new Map<string, Module>()

function read(file: string): Module {
  const known = modules.get(file)
  if (known !== undefined) return known
  const text = readFileSync(file, 'utf8')
  const declared = new Map<string, Declaration>()
  const imported = new Map<string, string>()
  const from = (source: string) => join(dirname(file), source.replace(/\.ts$/, '.d.ts'))
  for (const node of parseSync(file, text).program.body) {
    if (node.type === 'ImportDeclaration') {
      for (const { local } of node.specifiers) imported.set(local.name, from(node.source.value))
    }
    const inner = node.type === 'ExportNamedDeclaration' ? node.declaration : node
    if (inner?.type === 'TSInterfaceDeclaration' || inner?.type === 'TSTypeAliasDeclaration') {
      declared.set(inner.id.name, inner)
    }
    if (node.type === 'ExportNamedDeclaration' && node.source) {
      for (const { exported } of node.specifiers) {
        if (exported.type === 'Identifier') imported.set(exported.name, from(node.source.value))
      }
    }
  }
  const found = { text, declared, imported }
  modules.set(file, found)
  return found
}

const copied = new Map<string, { readonly file: string; readonly text: string }>()

/** Copies a declaration, and those that it refers to. */
function copy(name: string, file: string): void {
  const { text, declared, imported } = read(file)
  const declaration = declared.get(name)
  const source = imported.get(name)
  if (declaration === undefined) {
    // Names of the language, such as Readonly, are declared nowhere.
    if (source !== undefined) copy(name, source)
    return
  }
  const known = copied.get(name)
  if (known !== undefined && known.file !== file) throw new Error(`${name} is in ${file} and in ${known.file}`)
  if (known !== undefined) return
  const before = text.slice(0, declaration.start).replace(/export (?:declare )?$/, '')
  const comment = /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*$/.exec(before)?.[0] ?? ''
  copied.set(name, { file, text: `${comment}export ${text.slice(declaration.start, declaration.end)}\n` })
  const names = new Set<string>()
  const add = (node: ESTree.Node) => node.type === 'Identifier' && names.add(node.name)
  const program = parseSync('one.d.ts', text.slice(declaration.start, declaration.end)).program
  new Visitor({
    TSTypeReference: ({ typeName }) => void add(typeName),
    TSInterfaceHeritage: ({ expression }) => void add(expression),
    TSTypeQuery() {
      throw new Error(`${name} in ${file} is the type of a value, which a declaration without imports cannot have`)
    },
  }).visit(program)
  for (const one of names) copy(one, file)
}

for (const file of globSync('client/**/*.d.ts', { cwd: dist })) {
  for (const [name, source] of read(join(dist, file)).imported) if (source === entry) copy(name, entry)
}
if (copied.size === 0) throw new Error('The client imports no types of the routes')
writeFileSync(entry, [...copied.values()].map(({ text }) => text).join('\n'))
rmSync(`${entry}.map`)
