import { type ESTree, parseSync, Visitor } from 'vite'

/** One import of a file: only for its types, or to run. */
export interface Import {
  readonly isType: boolean
  readonly from: string
}

/**
 * Everything that `text` imports, in every spelling that JavaScript and TypeScript have for it. A module whose name is
 * computed is reported as `computed`, which no rule allows, and so is a loader that is used without being called: under
 * another name it could load anything.
 */
export function importsOf(file: string, text: string): Import[] {
  const { program, errors, comments } = parseSync(file, text)
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message}`)
  const found: Import[] = []
  const isDeclaration = file.endsWith('.d.ts')
  const called = new Set<ESTree.Node>()
  const add = (source: ESTree.Node | null | undefined, isType = false): void => {
    if (source != null) found.push({ isType: isType || isDeclaration, from: literal(source) ?? 'computed' })
  }
  const addUnless = (isHarmless: boolean): void => {
    if (!isHarmless) found.push({ isType: false, from: 'computed' })
  }
  new Visitor({
    ImportDeclaration: (node) => add(node.source, node.importKind === 'type'),
    ExportNamedDeclaration: (node) => add(node.source, node.exportKind === 'type'),
    ExportAllDeclaration: (node) => add(node.source, node.exportKind === 'type'),
    ImportExpression: (node) => add(node.source),
    TSImportType: (node) => add(node.source, true),
    TSExternalModuleReference: (node) => add(node.expression),
    TSModuleDeclaration: (node) => node.id.type === 'Literal' && add(node.id, true),
    CallExpression: (node) => {
      if (isLoader(node.callee)) {
        add(node.arguments[0])
        for (const part of partsOf(node.callee)) called.add(part)
      }
      addUnless(!isCompiler(node.callee))
    },
    NewExpression: ({ callee, arguments: [first, base] }) => {
      if (callee.type !== 'Identifier') return
      if (callee.name === 'URL' && base !== undefined && partsOf(base).some(isMeta)) add(first)
      if (/Worker$/.test(callee.name)) add(first)
      addUnless(!isCompiler(callee))
    },
    MemberExpression: ({ object, property, computed }) => {
      const isPlace =
        !computed && property.type === 'Identifier' && /^(?:url|dirname|filename|main)$/.test(property.name)
      if (isPlace) called.add(object)
      addUnless(!computed || literal(property) !== 'require')
    },
    MetaProperty: (node) => addUnless(node.meta.name !== 'import' || called.has(node)),
    Identifier: (node) => addUnless(!loaders.has(node.name) || called.has(node)),
    // The word `require` alone is also a value, such as that of `sslmode`.
    Literal: ({ value }) => addUnless(typeof value !== 'string' || value === 'require' || !loaders.has(value)),
    TemplateElement: ({ value: { raw } }) => addUnless(raw === 'require' || !loaders.has(raw)),
  }).visit(program)
  for (const { value } of comments) {
    const [, from] = /^\/\s*<reference\s+(?:path|types)\s*=\s*["']([^"']*)/.exec(value) ?? []
    if (from !== undefined) found.push({ isType: true, from })
  }
  return found
}

const loaders: ReadonlySet<string> = new Set(['require', 'createRequire', 'getBuiltinModule', 'importScripts'])

function literal(node: ESTree.Node): string | undefined {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value
  if (node.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0]?.value.cooked ?? undefined
  return undefined
}

/** `require(…)`, `require.resolve(…)`, `createRequire(…)(…)`, `import.meta.resolve(…)`, `process.getBuiltinModule(…)`. */
function isLoader(callee: ESTree.Node): boolean {
  if (callee.type === 'Identifier') return callee.name !== 'createRequire' && loaders.has(callee.name)
  if (callee.type === 'CallExpression')
    return callee.callee.type === 'Identifier' && callee.callee.name === 'createRequire'
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier' || callee.computed) return false
  const { object, property } = callee
  if (property.name === 'getBuiltinModule') return true
  return property.name === 'resolve' && (isMeta(object) || isLoader(object))
}

/** The names in the callee of a loader, however many members it is looked up in. */
function partsOf(callee: ESTree.Node): ESTree.Node[] {
  if (callee.type === 'CallExpression') return partsOf(callee.callee)
  if (callee.type !== 'MemberExpression') return [callee]
  return [...partsOf(callee.object), callee.property]
}

const isMeta = (node: ESTree.Node): boolean => node.type === 'MetaProperty'

/** `eval(…)`, `Function(…)`: they run a text, which may import anything. */
function isCompiler(callee: ESTree.Node): boolean {
  return callee.type === 'Identifier' && (callee.name === 'eval' || callee.name === 'Function')
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
