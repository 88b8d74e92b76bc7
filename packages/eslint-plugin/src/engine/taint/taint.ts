import type { ByType, CallExpression, MemberExpression, Node, SourceCode } from '../syntax/nodes.ts'
import { anyOf, type Flow, type Found, type Frame, type Keys, strongest } from './flow.ts'
import type { LocalCode } from '../code/local-code.ts'
import type { NamePolicy } from '../naming/name-policy.ts'
import { EACH } from '../syntax/patterns.ts'
import { readReceiver } from './read-callbacks.ts'
import { readCall, readTagged } from './read-calls.ts'
import { readThis } from './read-instances.ts'
import { readIdentifier } from './read-names.ts'
import { readNew } from './read-new.ts'
import { leakOfPart, readArray, readObject } from './read-values.ts'
import { isCastToSafe, isSafeByType } from './sanitizers.ts'
import { isExposure, isSecretObject, ownLeak } from './sources.ts'
import { memberKey, unwrap } from '../syntax/syntax.ts'
import type { TypeFacts } from '../types/type-facts.ts'

/** Nodes looked at for one printed expression, and for one file. Real code needs tens; no code may hang the editor. */
const MAX_STEPS = 2_000
const MAX_STEPS_PER_FILE = 20_000
/** Longer access paths into a value, and values of values of values, come only from recursion. */
const MAX_KEYS = 8
const MAX_DEPTH = 100

/** Stands for the answer to a question that is being asked. */
const UNDERWAY = Symbol('underway')

const READERS: ByType<Found, [keys: Keys, flow: Flow]> = {
  Identifier: readIdentifier,
  ObjectExpression: readObject,
  ArrayExpression: readArray,
  CallExpression: readCall,
  NewExpression: readNew,
  MemberExpression: readMember,
  ThisExpression: readThis,
  TemplateLiteral: ({ expressions }, keys, flow) =>
    leakOfPart(
      strongest(expressions, (each) => flow.read(each, [])),
      keys,
    ),
  TaggedTemplateExpression: readTagged,
  BinaryExpression: ({ operator, left, right }, keys, flow) =>
    operator === '+'
      ? leakOfPart(
          strongest([left, right], (each) => flow.read(each, [])),
          keys,
        )
      : undefined,
  ConditionalExpression: ({ consequent, alternate }, keys, flow) =>
    strongest([consequent, alternate], (each) => flow.read(each, keys)),
  LogicalExpression: ({ left, right }, keys, flow) =>
    strongest([left, right], (each) => flow.read(each, keys)),
  AssignmentExpression: ({ left, right, operator }, keys, flow) =>
    strongest(operator === '=' ? [right] : [left, right], (each) => flow.read(each, keys)),
  SequenceExpression: ({ expressions }, keys, flow) => {
    const last = expressions.at(-1)
    return last === undefined ? undefined : flow.read(last, keys)
  },
  AwaitExpression: ({ argument }, keys, flow) => flow.read(argument, keys),
  YieldExpression: () => undefined,
  SpreadElement: ({ argument }, keys, flow) => flow.read(argument, keys),
}

function readMember(member: MemberExpression, keys: Keys, flow: Flow): Found {
  const key = memberKey(member) ?? EACH
  const found = anyOf(
    () => flow.read(member.object, [key, ...keys]),
    () => ownLeak(member, keys, flow),
  )
  const isSafe = found !== undefined && keys.length === 0 && isSafeByType(member, flow)
  return isSafe ? undefined : found
}

function dispatch(node: Node, keys: Keys, flow: Flow): Found {
  const reader = READERS[node.type] as ((node: Node, keys: Keys, flow: Flow) => Found) | undefined
  return reader?.(node, keys, flow)
}

/** The judgement that is left to the rule. */
export interface Judgement {
  /** Further names of functions whose result is safe. */
  readonly sanitizers: ReadonlySet<string>
  /** The names that count as those of secrets. */
  readonly names: NamePolicy
  /** Whether Secrets themselves, and names, may be left out. */
  readonly onlyExposed?: boolean
}

/**
 * Follows values backwards, from what is printed to where it comes from, within one file.
 *
 * Demand driven: nothing is examined that no sink needs. Answers are remembered unless they were cut short by a cycle,
 * by the budget, or depend on the call that led there. (M. Sridharan, D. Gopan, L. Shan, R. Bodík: Demand-driven
 * points-to analysis for Java, OOPSLA 2005, for the idea.)
 */
export class Taint {
  readonly #flow: Flow
  readonly #answers = new Map<Node, Map<string, Found | typeof UNDERWAY>>()
  #steps = 0
  #depth = 0
  #stepsBefore = 0
  #cuts = 0

  constructor(
    source: SourceCode,
    code: LocalCode,
    types: TypeFacts | undefined,
    { sanitizers, names, onlyExposed = false }: Judgement,
  ) {
    const counts = (name: string, node: Node) => names(name, node, source)
    const common = { source, code, types, sanitizers, counts, onlyExposed }
    const at = (frame: Frame | undefined): Flow => {
      const flow: Flow = { ...common, frame, at, read: (...part) => this.#read(...part, flow) }
      return flow
    }
    this.#flow = at(undefined)
  }

  /** The leak of printing `node`; with `through`, of what its method of that name hands to a callback. */
  of(node: Node, through?: string): Found {
    this.#stepsBefore += this.#steps
    this.#steps = 0
    return through === undefined
      ? this.#flow.read(node, [])
      : readReceiver(node, through, [], this.#flow)
  }

  /** Whether `node` is a `Secret`, and not only something that holds one. */
  isSecret(node: Node): boolean {
    return isSecretObject(node, this.#flow)
  }

  /** Whether `call` takes the value out of a `Secret`. */
  isExposure(call: CallExpression): boolean {
    return isExposure(call, this.#flow)
  }

  #read(outer: Node, keys: Keys, flow: Flow): Found {
    const { frame } = flow
    // Before what is known of the node within, which stands elsewhere without the cast.
    if (isCastToSafe(outer, flow)) return undefined
    const node = unwrap(outer)
    const answers = this.#answersFor(node)
    const accessPath = keys.join('.')
    const question = frame === undefined ? accessPath : `${String(frame.depth)} ${accessPath}`
    const known = answers.get(question)
    if (known !== UNDERWAY && (known !== undefined || answers.has(question))) return known
    this.#steps += 1
    if (known === UNDERWAY || keys.length > MAX_KEYS || this.#isSpent()) {
      this.#cuts += 1
      return undefined
    }
    answers.set(question, UNDERWAY)
    this.#depth += 1
    const cutsBefore = this.#cuts
    let isWhole = false
    let leak: Found
    try {
      leak = dispatch(node, keys, flow)
      isWhole = frame === undefined && this.#cuts === cutsBefore
    } finally {
      this.#depth -= 1
      if (isWhole) answers.set(question, leak)
      else answers.delete(question)
    }
    return leak
  }

  #answersFor(node: Node) {
    const answers = this.#answers.get(node) ?? new Map<string, Found | typeof UNDERWAY>()
    this.#answers.set(node, answers)
    return answers
  }

  #isSpent(): boolean {
    return (
      this.#depth > MAX_DEPTH ||
      this.#steps > MAX_STEPS ||
      this.#stepsBefore + this.#steps > MAX_STEPS_PER_FILE
    )
  }
}
