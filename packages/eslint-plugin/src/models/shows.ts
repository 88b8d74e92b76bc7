import { isOneOf, Rows } from './rows.ts'

/** Where values leave the program. */
export type Output =
  'log' | 'error' | 'assertion' | 'response' | 'page' | 'telemetry' | 'argv' | 'url' | 'storage'

/** Constants that arguments must be, by their number. */
export type Constants = Readonly<Record<string, readonly string[]>>

/** A function, or a property that is set, by which values leave; the fields are described in `models.schema.json`. */
export interface ShowsRow {
  readonly in: Output
  readonly modules?: readonly string[]
  readonly on?: readonly string[]
  readonly calls?: readonly string[]
  readonly sets?: readonly string[]
  readonly tags?: readonly string[]
  readonly at?: readonly string[]
  readonly but?: readonly string[]
  readonly when?: Constants
}

/** An object on which methods are called, such as a logger; the fields are described in `models.schema.json`. */
export interface Receiver {
  readonly names?: string
  readonly anyCase?: boolean
  readonly paths?: string
  readonly written?: string
  readonly handedBy?: readonly {
    readonly calls: readonly string[]
    readonly on?: readonly string[]
    readonly when?: Constants
    readonly at: number
  }[]
  readonly members?: readonly (readonly string[])[]
  readonly mentions?: string
  readonly but?: string
}

/** In `on`: whatever the method is called on. */
export const ANYTHING = '*'

/** The ways in which code names a function or property without its module. */
const WAYS = {
  method: ({ on, sets, calls = ['**'] }: ShowsRow) => (on && !sets ? calls : undefined),
  property: ({ sets }: ShowsRow) => sets,
  tag: ({ tags }: ShowsRow) => tags,
  function: ({ on, calls }: ShowsRow) => (on ? undefined : calls),
}

/** The rows of `shows`, by the ways in which code names what they are about. */
export class Shows {
  readonly #receivers = new Map<string, Receiver[]>()
  readonly #rows: readonly ShowsRow[]
  readonly #calls: Rows<ShowsRow>
  readonly #sets: Rows<ShowsRow>
  readonly #known = new Map<string, readonly ShowsRow[]>()

  /** @throws {TypeError} where a row names no function, or a receiver that there is not */
  constructor(
    rows: readonly ShowsRow[],
    receivers: readonly (readonly [name: string, receiver: Receiver])[],
  ) {
    for (const [name, receiver] of receivers) {
      this.#receivers.set(name, [...(this.#receivers.get(name) ?? []), receiver])
    }
    for (const { modules, calls, sets, tags, on } of rows) {
      if ((modules ?? calls ?? sets ?? tags ?? on) === undefined)
        throw new TypeError('models.shows: each row must have modules, on, calls, sets or tags')
      on?.forEach((each) => each === ANYTHING || this.receivers(each.replace(/\..*/, '')))
    }
    const ofModules = rows.filter(({ modules }) => modules !== undefined)
    this.#rows = rows.filter(({ modules }) => modules === undefined)
    this.#calls = new Rows(ofModules.filter(({ sets }) => sets === undefined))
    this.#sets = new Rows(
      ofModules.flatMap((row) => (row.sets === undefined ? [] : { ...row, calls: row.sets })),
    )
  }

  /** The receivers of that name. */
  receivers(name: string): readonly Receiver[] {
    const found = this.#receivers.get(name)
    if (found !== undefined) return found
    const names = [...this.#receivers.keys()].join(', ')
    throw new TypeError(`models.shows: there is no receiver ${name}; there are ${names}`)
  }

  /** The rows of the function at `path`, or of the property there that is set. */
  at(path: string | undefined, how: 'calls' | 'sets'): readonly ShowsRow[] {
    if (path === undefined) return []
    return (how === 'calls' ? this.#calls : this.#sets).of(path)
  }

  /** The rows of what is called `name` that way. A method without a name is chosen at run time, and may be any. */
  named(way: keyof typeof WAYS, name: string | undefined): readonly ShowsRow[] {
    const key = `${way} ${name ?? ''}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const rows = this.#rows.filter((row) => {
      const names = WAYS[way](row)
      if (name === undefined) return names && row.on?.includes(ANYTHING) === false
      return names && isOneOf(name, names)
    })
    this.#known.set(key, rows)
    return rows
  }
}
