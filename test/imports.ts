import { type ESTree, parseSync, Visitor } from 'vite'

/** One import of a file: only for its types, or to run. */
export interface Import {
  readonly isType: boolean
  readonly from: string
}

/**
 * Everything that `text` imports, in every spelling that JavaScript and TypeScript have for it. A module whose name is
 * computed is reported as `computed`, which no rule allows.
 */
export function importsOf(file: string, text: string): Import[] {
  const { program, errors } = parseSync(file, text)
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message}`)
  const found: Import[] = []
  const isDeclaration = file.endsWith('.d.ts')
  const add = (source: ESTree.Node | null | undefined, isType = false): void => {
    if (source != null) found.push({ isType: isType || isDeclaration, from: literal(source) ?? 'computed' })
  }
  new Visitor({
    ImportDeclaration: (node) => add(node.source, node.importKind === 'type'),
    ExportNamedDeclaration: (node) => add(node.source, node.exportKind === 'type'),
    ExportAllDeclaration: (node) => add(node.source, node.exportKind === 'type'),
    ImportExpression: (node) => add(node.source),
    TSImportType: (node) => add(node.source, true),
    TSExternalModuleReference: (node) => add(node.expression),
    CallExpression: (node) => isLoader(node.callee) && add(node.arguments[0]),
  }).visit(program)
  return found
}

function literal(node: ESTree.Node): string | undefined {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value
  if (node.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0]?.value.cooked ?? undefined
  return undefined
}

/** `require(…)`, `require.resolve(…)`, `createRequire(…)(…)`, `import.meta.resolve(…)`, `process.getBuiltinModule(…)`. */
function isLoader(callee: ESTree.Node): boolean {
  if (callee.type === 'Identifier') return callee.name === 'require'
  if (callee.type === 'CallExpression')
    return callee.callee.type === 'Identifier' && callee.callee.name === 'createRequire'
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return false
  const { object, property } = callee
  if (property.name === 'getBuiltinModule') return true
  return property.name === 'resolve' && (object.type === 'MetaProperty' || isLoader(object))
}

/** The import cycles, each as a list of its files. Imports of types count. */
export function circles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const reached = new Map([...graph.keys()].map((file) => [file, reachable(graph, file)]))
  const inCircle = [...graph.keys()].filter((file) => reached.get(file)?.has(file))
  const groups = new Map(
    inCircle.map((file) => {
      const group = inCircle.filter((other) => reached.get(file)?.has(other) && reached.get(other)?.has(file))
      return [group.join(' '), group]
    }),
  )
  return [...groups.values()]
}

function reachable(graph: ReadonlyMap<string, readonly string[]>, file: string): ReadonlySet<string> {
  const seen = new Set<string>()
  const waiting = [...(graph.get(file) ?? [])]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    waiting.push(...(graph.get(next) ?? []))
  }
  return seen
}
