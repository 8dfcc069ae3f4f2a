import type { OptionRow } from './setting.ts'

/** An option that has another name than before, as paths: `keyRing.publishSeconds`. */
interface Renaming {
  readonly from: string
  readonly to: string
}

type Members = Readonly<Record<string, unknown>>

/** @param group The option that has these rows as its members; none for options of `createAuth` itself. */
export function renamingsOf(
  rows: Readonly<Record<string, Pick<OptionRow<unknown>, 'formerOption'>>>,
  group?: string,
): Renaming[] {
  return Object.entries(rows).flatMap(([name, { formerOption: from }]) =>
    from === undefined ? [] : [{ from, to: group === undefined ? name : `${group}.${name}` }],
  )
}

/**
 * Options under their present names. One that has both is a mistake: which of the two holds would be a guess.
 * @returns Also a line for each that still has its former name.
 */
export function withPresentNames(
  options: Members,
  renamings: readonly Renaming[],
): { readonly options: Members; readonly notices: readonly string[]; readonly mistakes: readonly string[] } {
  const notices: string[] = []
  const mistakes: string[] = []
  let renamed = options
  for (const { from, to } of renamings) {
    const value = valueAt(renamed, from)
    // A member that is there and undefined is as good as none, under its former name too.
    if (value === undefined) {
      renamed = withValueAt(renamed, from, undefined)
      continue
    }
    if (valueAt(renamed, to) === undefined) notices.push(`${from} is deprecated: rename it to ${to}`)
    else mistakes.push(`${from} is the former name of ${to}: pass only ${to}`)
    renamed = withValueAt(withValueAt(renamed, from, undefined), to, value)
  }
  return { options: renamed, notices, mistakes }
}

function valueAt(options: Members, path: string): unknown {
  const [name, member] = pathOf(path)
  const value = options[name]
  if (member === undefined) return value
  return isMembers(value) ? value[member] : undefined
}

/** A copy: the options are the caller's. */
function withValueAt(options: Members, path: string, value: unknown): Members {
  const [name, member] = pathOf(path)
  if (member === undefined) return withMember(options, name, value)
  const group = options[name]
  return isMembers(group) ? { ...options, [name]: withMember(group, member, value) } : options
}

function withMember(members: Members, name: string, value: unknown): Members {
  const { [name]: _, ...others } = members
  return value === undefined ? others : { ...others, [name]: value }
}

function pathOf(path: string): [name: string, member: string | undefined] {
  const [name = '', member] = path.split('.')
  return [name, member]
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null
}
