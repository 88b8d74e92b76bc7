import type { Node, SourceCode } from '../syntax/nodes.ts'
import type { FunctionNode } from '../syntax/syntax.ts'
import type { LocalCode } from '../code/local-code.ts'
import type { Keys, Place } from '../graph/access-path.ts'
import type { TypeFacts } from '../types/type-facts.ts'

/**
 * The kind of a leak, from the most certain to the least:
 * - `exposed`: what came out of `Secret.expose()`
 * - `secret`: a `Secret` itself, or something that holds one. It prints only its label
 * - `name`: something with the name of a secret
 */
export type LeakKind = 'exposed' | 'secret' | 'name'

/** A secret that reaches an expression, and where it comes from. */
export interface Leak {
  readonly kind: LeakKind
  readonly source: Node
  /** The way of the value, from the expression that was asked about to where it comes from. */
  readonly path?: LeakPath | undefined
}

/** The expressions that a value goes through, the last one first. */
interface LeakPath {
  readonly node: Node
  readonly next: LeakPath | undefined
}

/** The answer of a reader: a leak, or none. */
export type Found = Leak | undefined

/** The call that a function body is examined for, so that its parameters are the arguments of that call. */
export interface Frame {
  readonly id: number
  readonly owner: FunctionNode
  readonly arguments: readonly Node[]
  /** The flow where the call stands. */
  readonly outer: Flow
  readonly depth: number
}

/** The context of the readers of single kinds of expression. */
export interface Flow {
  /** Reads what the part `keys` of `node` gives away. */
  readonly read: (node: Node, keys: Keys) => Found
  /** The call that is followed, if any. */
  readonly frame: Frame | undefined
  /** The same flow outside of all calls, where a parameter is whatever the file calls its function with. */
  readonly outside: () => Flow
  /** The flow inside a call of `owner` with `given`, which is the same object each time. */
  readonly enter: (owner: FunctionNode, given: readonly Node[]) => Flow
  /** Answers the question about the part `keys` of `subject`, which is no node, once. */
  readonly ask: (subject: object, keys: Keys, find: () => Found) => Found
  readonly source: SourceCode
  readonly code: LocalCode
  readonly types: TypeFacts | undefined
  /** Names of functions whose result is safe, from the rule's options. */
  readonly sanitizers: ReadonlySet<string>
  /** Whether a secret name, of that node, is one where the value goes. */
  readonly counts: (name: string, node: Node) => boolean
  /** No rule asks for less than certain leaks: types, where there are any, need not be asked for Secrets themselves. */
  readonly onlyExposed: boolean
}

/** A call in a call in a call; in deeper ones a parameter is whatever the file calls its function with. */
const MAX_FRAMES = 3

/** The flow inside a call of `owner` with `given`. */
export function enterCall(owner: FunctionNode, given: readonly Node[], flow: Flow): Flow {
  return (flow.frame?.depth ?? 0) < MAX_FRAMES ? flow.enter(owner, given) : flow.outside()
}

const RANK: readonly LeakKind[] = ['name', 'secret', 'exposed']

/** The most certain leak of several; asks no further once one is certain. */
export function strongest<T>(parts: Iterable<T>, read: (part: T) => Found): Found {
  let found: Found
  for (const part of parts) {
    found = stronger(found, read(part))
    if (found?.kind === 'exposed') break
  }
  return found
}

/** The most certain leak of what lies at `places`. */
export function readAny(places: Iterable<Place>, flow: Flow): Found {
  return strongest(places, ({ node, keys }) => flow.read(node, keys))
}

/** The most certain leak that any of `readers` finds. */
export function anyOf(...readers: readonly (() => Found)[]): Found {
  return strongest(readers, (reader) => reader())
}

function stronger(left: Found, right: Found): Found {
  if (left === undefined || right === undefined) return left ?? right
  return RANK.indexOf(right.kind) > RANK.indexOf(left.kind) ? right : left
}
