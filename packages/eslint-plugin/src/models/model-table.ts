import { conforms } from './conforms.ts'
import shipped from './models.json' with { type: 'json' }
import schema from './models.schema.json' with { type: 'json' }
import { alternativesOf, escaped, partOf, type Row, Rows } from './rows.ts'
import { type Receiver, Shows, type ShowsRow } from './shows.ts'

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

/** A function that takes a secret, or what a secret depends on; the fields are described in `models.schema.json`. */
export interface TakesRow extends Row {
  readonly at: readonly string[]
  readonly kind: TakenKind
  readonly encodedBy?: number
  readonly when?: Readonly<Record<string, readonly string[]>>
}

/** A function that gives a value. */
export interface GivesRow extends Row {
  readonly kind:
    | 'guessable'
    | 'picked'
    | 'deprecated'
    | 'secure'
    | 'derived'
    | 'same'
    | 'holds'
    | 'text'
    | 'safe'
    | 'secret'
  readonly name?: string
  readonly count?: number
  readonly bitsEach?: number
}

/** Ways in which a setting takes a protection away; each is a message of `no-weak-setting`. */
export type WeakKind =
  | 'unsigned'
  | 'neverExpires'
  | 'scriptCookie'
  | 'plainCookie'
  | 'unverifiedServer'
  | 'fewRounds'
  | 'weakCipher'
  | 'fastHash'

/** A call or an option that takes a protection away; the fields are described in `models.schema.json`. */
export interface WeakensRow extends Row {
  readonly options?: readonly string[]
  readonly unless?: readonly string[]
  readonly unlessMentioned?: readonly string[]
  readonly at?: readonly string[]
  readonly is?: readonly string[]
  readonly below?: number
  readonly lacks?: string
  readonly when?: Readonly<Record<string, readonly string[]>>
  readonly named?: Readonly<Record<string, 'password' | 'session'>>
  readonly kind: WeakKind
  readonly use: string
}

/** The rows of `models.json`, or those that a configuration adds. */
interface Models {
  readonly takes?: readonly TakesRow[]
  readonly weakens?: readonly WeakensRow[]
  readonly gives?: readonly GivesRow[]
  readonly shows?: readonly ShowsRow[]
  readonly receivers?: Readonly<Record<string, Receiver>>
  readonly publicKeys?: readonly string[]
}

/** The models, ready to be asked. */
export interface ModelTable {
  takenBy(path: string): readonly TakesRow[]
  givenBy(path: string): GivesRow | undefined
  readonly shows: Shows
  /** The rows about weak settings of the function at `path`. */
  weakenedBy(path: string): readonly WeakensRow[]
  /** The options of any call by their names, and what is weak under them. */
  readonly weakOptions: ReadonlyMap<string, readonly WeakensRow[]>
  /** Whether a file of that text names a call or an option that a row weakens. */
  mayWeaken(text: string): boolean
  /** Whether a file of that text names a module of which a row takes something. */
  mayTake(text: string): boolean
  /** Whether it names one of which a row gives what is not for secrets. */
  mayGuess(text: string): boolean
  /** Whether it names one of which a row gives a secret. */
  mayGiveSecret(text: string): boolean
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
  const weakening = [...(more.weakens ?? []), ...(SHIPPED.weakens ?? [])]
  const weakCalls = weakening.filter(({ modules }) => modules !== undefined)
  const weakens = new Rows(weakCalls)
  const options = new Set(weakening.flatMap((row) => row.options ?? []))
  const weakOptions = new Map(
    Array.from(options, (each) => [each, weakening.filter((row) => row.options?.includes(each))]),
  )
  const [takes, gives] = [new Rows(taking), new Rows(giving)]
  const isTaking = mentionsOf(taking)
  const local = weakCalls.filter(({ modules }) => modules?.includes(LOCAL))
  const localWords = local.flatMap(({ calls = [], when }) =>
    Object.values(when ?? { calls }).flat(),
  )
  const isWeakening = mentionsOf(weakCalls, [...options, ...localWords])
  const isGuessing = mentionsOf(giving.filter(({ kind }) => GUESSABLE.has(kind)))
  const isGivingSecrets = mentionsOf(giving.filter(({ kind }) => kind === 'secret'))
  const shows = new Shows(
    [...(more.shows ?? []), ...(SHIPPED.shows ?? [])],
    [more, SHIPPED].flatMap(({ receivers = {} }) => Object.entries(receivers)),
  )
  const publicKeys = [...(SHIPPED.publicKeys ?? []), ...(more.publicKeys ?? [])]
  const patterns = publicKeys.map((pattern) => new RegExp(pattern))
  return {
    takenBy: (path) => takes.of(path),
    givenBy: (path) => gives.of(path)[0],
    shows,
    weakenedBy: (path) => weakens.of(path),
    weakOptions,
    mayWeaken: (text) => isWeakening.test(text),
    mayTake: (text) => isTaking.test(text),
    mayGuess: (text) => isGuessing.test(text),
    mayGiveSecret: (text) => isGivingSecrets.test(text),
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

/** A pattern that every file that calls a function of `rows`, or has one of `words`, matches. */
function mentionsOf(rows: readonly Row[], words: readonly string[] = []): RegExp {
  const modules = new Set<string>()
  const globals = new Set(words.map((word) => `(?<![\\w$])${escaped(word)}(?![\\w$])`))
  for (const { modules: names = [], calls = ['*'] } of rows) {
    for (const name of names.flatMap(alternativesOf)) {
      if (name !== LOCAL) modules.add(partOf(name))
      if (GLOBALS.has(name)) calls.forEach((call) => globals.add(mentionOf(name, call)))
    }
  }
  const quoted = `['"](?:node:)?(?:${[...modules].join('|')})['"]`
  return new RegExp([quoted, ...globals].join('|'))
}

/** Stands for what comes into a file without a name, as the response that a handler is given. */
const LOCAL = '$'

/** `Math.random`; or `Math` by itself, which may be called or taken apart. A `$` by itself stands in each template. */
function mentionOf(name: string, call: string): string {
  const start = /^\w+/.exec(call)?.[0]
  const alone = name === '$' ? [] : ['(?![\\w$.?])']
  const member = start === undefined ? [] : [`\\??\\.${start}`]
  return `(?<![\\w$])${escaped(name)}(?:${[...alone, ...member].join('|')})`
}
