/** One thing that is wrong with a family. Quotes no value of its declaration. */
export interface FamilyProblem {
  /** In the declaration: `databases[1].server`. Empty for the whole. */
  readonly path: string
  /** The fault and its remedy. */
  readonly message: string
}

/** A declaration that describes no family, with every problem of it. */
export class FamilyError extends Error {
  /** The file, or what was given in its place. */
  readonly where: string
  readonly problems: readonly FamilyProblem[]

  constructor(where: string, problems: readonly FamilyProblem[]) {
    const lines = problems.map(({ path, message }) =>
      path === '' ? message : `${path}: ${message}`,
    )
    super(`${where} declares no family: ${lines.join('; ')}`)
    this.name = 'FamilyError'
    this.where = where
    this.problems = problems
  }
}
