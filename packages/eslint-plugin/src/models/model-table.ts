import { conforms } from './conforms.ts'
import shipped from './models.json' with { type: 'json' }
import schema from './models.schema.json' with { type: 'json' }

/** Kinds of taken values: a secret by its kind, or a size on which the strength of a key depends. */
export type TakenKind =
  | 'password'
  | 'token'
  | 'key'
  | 'passphrase'
  | 'login'
  | 'url'
  | 'users'
  | 'salt'
  | 'iv'
  | 'bits'
  | 'bytes'
  | 'words'
  | 'modulus'
  | 'curve'
  | 'group'
  | 'cipher'

interface Row {
  readonly modules: readonly string[]
  readonly calls?: readonly string[]
}

/** A function that takes a secret, or what a secret depends on; the fields are described in `models.schema.json`. */
export interface TakesRow extends Row {
  readonly at: readonly string[]
  readonly kind: TakenKind
  readonly encodedBy?: number
  readonly when?: Readonly<Record<string, readonly string[]>>
}

/** A function that gives a value. */
export interface GivesRow extends Row {
  readonly kind: 'guessable' | 'picked' | 'deprecated' | 'secure' | 'derived' | 'same'
  readonly name?: string
  readonly count?: number
  readonly bitsEach?: number
}

/** The rows of `models.json`, or those that a configuration adds. */
interface Models {
  readonly takes?: readonly TakesRow[]
  readonly gives?: readonly GivesRow[]
  readonly publicKeys?: readonly string[]
}

/** The models, ready to be asked. */
export interface ModelTable {
  takenBy(path: string): readonly TakesRow[]
  givenBy(path: string): GivesRow | undefined
  /** Whether a file of that text names a module of which a row takes something. */
  mayTake(text: string): boolean
  /** Whether it names one of which a row gives what is not for secrets. */
  mayGuess(text: string): boolean
  isPublicKey(text: string): boolean
}

const GUESSABLE: ReadonlySet<GivesRow['kind']> = new Set(['guessable', 'picked', 'deprecated'])

const SHIPPED = shipped as Models

/**
 * Makes a table of the shipped rows and those of `added`, the setting `models` of an ESLint configuration; added rows are asked first.
 *
 * @throws {TypeError} where `added` does not conform to `models.schema.json`: with the place and what is expected there
 */
export function modelTable(added?: unknown): ModelTable {
  const more = added === undefined ? {} : checked(added)
  const taking = [...(more.takes ?? []), ...(SHIPPED.takes ?? [])]
  const giving = [...(more.gives ?? []), ...(SHIPPED.gives ?? [])]
  const [takes, gives] = [new Rows(taking), new Rows(giving)]
  const isTaking = mentionsOf(taking)
  const isGuessing = mentionsOf(giving.filter(({ kind }) => GUESSABLE.has(kind)))
  const publicKeys = [...(SHIPPED.publicKeys ?? []), ...(more.publicKeys ?? [])]
  const patterns = publicKeys.map((pattern) => new RegExp(pattern))
  return {
    takenBy: (path) => takes.of(path),
    givenBy: (path) => gives.of(path)[0],
    mayTake: (text) => isTaking.test(text),
    mayGuess: (text) => isGuessing.test(text),
    isPublicKey: (text) => patterns.some((pattern) => pattern.test(text)),
  }
}

function checked(added: unknown): Models {
  const fault = conforms(added, schema, schema)
  if (fault === undefined) return added as Models
  throw new TypeError(`settings['@rekey'].models${fault} (see models.schema.json)`)
}

/** Objects and functions that no file has to import. */
const GLOBALS: ReadonlySet<string> = new Set(
  'Secret crypto fetch XMLHttpRequest WebSocket EventSource $ jQuery Math Date process performance'.split(
    ' ',
  ),
)

/** A pattern that every file that calls a function of `rows` matches. */
function mentionsOf(rows: readonly Row[]): RegExp {
  const modules = new Set<string>()
  const globals = new Set<string>()
  for (const { modules: names, calls = ['*'] } of rows) {
    for (const name of names) {
      modules.add(partOf(name))
      if (GLOBALS.has(name)) calls.forEach((call) => globals.add(mentionOf(name, call)))
    }
  }
  const quoted = `['"](?:node:)?(?:${[...modules].join('|')})['"]`
  return new RegExp([quoted, ...globals].join('|'))
}

/** `Math.random`; or `Math` by itself, which may be called or taken apart. A `$` by itself stands in each template. */
function mentionOf(name: string, call: string): string {
  const start = /^\w+/.exec(call)?.[0]
  const alone = name === '$' ? [] : ['(?![\\w$.?])']
  const member = start === undefined ? [] : [`\\??\\.${start}`]
  return `(?<![\\w$])${escaped(name)}(?:${[...alone, ...member].join('|')})`
}

/** Where the name of a module may end in a path: `discord.js.Client().login`, `mysql2/promise.createPool`. */
const ENDS = /[.(]|$/g

/** Rows by the path of a function. Every function has one path, and most modules have few rows. */
class Rows<R extends Row> {
  readonly #byModule = new Map<string, R[]>()
  readonly #byPattern: (readonly [pattern: RegExp, row: R])[] = []
  readonly #calls = new Map<R, RegExp>()

  constructor(rows: readonly R[]) {
    for (const row of rows) {
      if (row.calls !== undefined) this.#calls.set(row, anyOf(row.calls))
      for (const module of row.modules) this.#add(module, row)
    }
  }

  /** The rows of the function at `path`, in their order. */
  of(path: string): readonly R[] {
    const found: R[] = []
    for (const { index } of path.matchAll(ENDS)) {
      const rest = path.slice(path[index] === '.' ? index + 1 : index)
      for (const row of this.#rowsOf(path.slice(0, index))) {
        if (this.#calls.get(row)?.test(rest) !== false) found.push(row)
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

function anyOf(patterns: readonly string[]): RegExp {
  return new RegExp(`^(?:${patterns.map(partOf).join('|')})$`)
}

/** `*` stands for a part of a name, `**` for any path. */
function partOf(pattern: string): string {
  const parts = pattern.split(/(\*\*?)/)
  return parts.map((part) => STARS.get(part) ?? escaped(part)).join('')
}

const STARS: ReadonlyMap<string, string> = new Map([
  ['**', '.*'],
  ['*', '[^.()]*'],
])

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
