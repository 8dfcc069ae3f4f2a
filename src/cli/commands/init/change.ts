/** A file, as it is and as it will be. */
export interface Change {
  readonly file: string
  /** `undefined` where there is none yet. */
  readonly before: string | undefined
  readonly after: string
}

/** Lines that the user adds to a file. */
export interface Step {
  /** The file, and the place in it. */
  readonly where: string
  readonly lines: readonly string[]
}

export interface Plan {
  readonly changes: readonly Change[]
  readonly steps: readonly Step[]
}

/** @param text Imports, an empty line, and the lines that belong in that place. */
export function stepsIn(file: string, place: string, text: string): Step[] {
  const [imports = '', lines = ''] = text.trimEnd().split('\n\n')
  return [
    { where: `In ${file}, at the top with the other imports`, lines: imports.split('\n') },
    { where: `In ${file}, ${place}`, lines: lines.split('\n') },
  ]
}
