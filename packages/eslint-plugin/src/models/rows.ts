/** A row that is about functions of modules; {@link Rows} finds it. */
export interface Row {
  readonly modules?: readonly string[]
  readonly calls?: readonly string[]
}

/** Where the name of a module may end in a path: `discord.js.Client().login`, `mysql2/promise.createPool`. */
const ENDS = /[.(]|$/g

/** Rows by the path of a function. Every function has one path, and most modules have few rows. */
export class Rows<R extends Row> {
  readonly #byModule = new Map<string, R[]>()
  readonly #byPattern: (readonly [pattern: RegExp, row: R])[] = []

  constructor(rows: readonly R[]) {
    for (const row of rows) {
      for (const module of (row.modules ?? []).flatMap(alternativesOf)) this.#add(module, row)
    }
  }

  /** The rows of the function at `path`, in their order. */
  of(path: string): readonly R[] {
    const found: R[] = []
    for (const { index } of path.matchAll(ENDS)) {
      const rest = path.slice(path[index] === '.' ? index + 1 : index)
      for (const row of this.#rowsOf(path.slice(0, index))) {
        if (row.calls === undefined || isOneOf(rest, row.calls)) found.push(row)
      }
      if (path[index] === '(') break
    }
    return found
  }

  #add(module: string, row: R): void {
    if (module.includes('*')) this.#byPattern.push([anyOf([module]), row])
    else this.#byModule.set(module, [...(this.#byModule.get(module) ?? []), row])
  }

  #rowsOf(module: string): readonly R[] {
    const alike = this.#byPattern.filter(([pattern]) => pattern.test(module))
    return [...(this.#byModule.get(module) ?? []), ...alike.map(([, row]) => row)]
  }
}

const COMPILED = new WeakMap<readonly string[], RegExp>()

/** Whether `text` is what one of `patterns` describes. */
export function isOneOf(text: string, patterns: readonly string[]): boolean {
  const pattern = COMPILED.get(patterns) ?? anyOf(patterns)
  COMPILED.set(patterns, pattern)
  return pattern.test(text)
}

/** Makes a pattern that matches what one of `patterns` describes; each may be several, with `|` between them. */
function anyOf(patterns: readonly string[]): RegExp {
  return new RegExp(`^(?:${patterns.flatMap(alternativesOf).map(partOf).join('|')})$`)
}

/** The patterns in one: `log|info`. */
export const alternativesOf = (pattern: string) => pattern.split('|')

/** The pattern of a module or path: `*` stands for a part of a name, `**` for any path. */
export function partOf(pattern: string): string {
  const parts = pattern.split(/(\*\*?)/)
  return parts.map((part) => STARS.get(part) ?? escaped(part)).join('')
}

const STARS: ReadonlyMap<string, string> = new Map([
  ['**', '.*'],
  ['*', '[^.()]*'],
])

/** The pattern of that text. */
export function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}

const LIKE = new WeakMap<readonly string[], RegExp>()

/** Whether `text` is what one of `patterns` describes, in upper or lower case. */
export function isLike(text: string, patterns: readonly string[]): boolean {
  const pattern = LIKE.get(patterns) ?? new RegExp(anyOf(patterns), 'i')
  LIKE.set(patterns, pattern)
  return pattern.test(text)
}
