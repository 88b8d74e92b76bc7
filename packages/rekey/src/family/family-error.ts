/** One thing that is wrong with a family. Quotes no value of its declaration. */
export interface FamilyProblem {
  /** In the declaration: `databases[1].server`. Empty for the whole. */
  readonly path: string
  /** The fault and its remedy. */
  readonly message: string
}

/** On the errors of every copy of this package: a command that is installed globally and a project may have one each. */
const BRAND = Symbol.for('rekey.FamilyError')

/** A declaration that describes no family, with every problem of it. `instanceof` knows those of other copies of this package too. */
export class FamilyError extends Error {
  static {
    Object.defineProperty(this.prototype, BRAND, { value: true })
  }

  static override [Symbol.hasInstance](value: unknown): value is FamilyError {
    return typeof value === 'object' && value !== null && BRAND in value
  }

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
