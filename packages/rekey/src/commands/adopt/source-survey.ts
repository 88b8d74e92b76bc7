/** A function that takes the value of a variable: as a `password`, a `key`, a `url`, as the models of the linter have it. */
export interface TakenAs {
  readonly kind: string
  /** The path of the function: `pg.Pool`, `jsonwebtoken.sign`. */
  readonly by: string
}

/** A variable of the environment, at one place of the code. */
export interface SurveyedVariable {
  readonly name: string
  /** From 1. */
  readonly line: number
  /** Whether the code ends or goes on where it is not set; undefined where it shows neither. */
  readonly need: 'required' | 'optional' | undefined
  readonly takenAs: readonly TakenAs[]
  /** Whether this place gives the variable a value, for those that read it later. */
  readonly isWritten?: boolean
  /** Whether a schema has it as a number, a flag or a choice, which hold no secret. */
  readonly isPlain?: boolean
  /** Whether a schema declares it, whose word counts more than that of a place that reads it. */
  readonly isDeclared?: boolean
}

/** How a file begins, for a line that is put into it. */
export interface EntrySyntax {
  readonly entry: {
    /** Whether the file has `import` or `export`. */
    readonly isModule: boolean
    /** The offset at which the line belongs: before the first statement, or behind the one that loads a `.env` file. */
    readonly at: number
    /** Whether it is behind such a statement. */
    readonly isAfter: boolean
    /** Whether that statement is an import. */
    readonly isImport?: boolean
    /** Its relative imports: `./app.js`. */
    readonly specifiers: readonly string[]
    readonly quote: string
    readonly hasSemicolons: boolean
  }
}

/** One file of code. */
export interface SourceSurvey extends EntrySyntax {
  /** Whether it is code of tests, by its path. */
  readonly isTest: boolean
  /** The list that the file exports by default, if it has one: a configuration of ESLint. */
  readonly list?: {
    /** The offset of the first statement. */
    readonly start: number
    /** The offset behind the last element. */
    readonly at: number
    readonly isEmpty: boolean
  }
  readonly variables: readonly SurveyedVariable[]
  /** Lines at which the whole environment goes to code that may read any variable. */
  readonly wholeAt: readonly number[]
}

/** Surveys the text of a file; undefined where it cannot be parsed. */
export type SurveySource = (text: string, file: string) => SourceSurvey | undefined

/** How `init` reads a repository. `@rekey/eslint-plugin` has it, since its rules follow values, and its gate asks git. */
export interface CodeReader {
  readonly surveySource: SurveySource
  /** Lists the files that git tracks or would take in a folder; fails where there is no git. */
  readonly listFiles: (folder: string) => Promise<readonly string[]>
}
