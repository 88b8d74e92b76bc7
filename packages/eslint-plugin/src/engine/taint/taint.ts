import { AST_NODE_TYPES, type TSESLint, type TSESTree } from '@typescript-eslint/utils'
import { type Flow, type Frame, type Keys, type Leak, type Read, strongest } from './flow.ts'
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

type Readers = {
  readonly [T in AST_NODE_TYPES]?: (
    node: Extract<TSESTree.Node, { type: T }>,
    keys: Keys,
    frame: Frame | undefined,
    flow: Flow,
  ) => Leak | undefined
}

const READERS: Readers = {
  Identifier: readIdentifier,
  ObjectExpression: readObject,
  ArrayExpression: readArray,
  CallExpression: readCall,
  NewExpression: readNew,
  MemberExpression: readMember,
  ThisExpression: readThis,
  TemplateLiteral: ({ expressions }, keys, frame, flow) =>
    leakOfPart(
      strongest(expressions, (each) => flow.read(each, [], frame)),
      keys,
    ),
  TaggedTemplateExpression: readTagged,
  BinaryExpression: ({ operator, left, right }, keys, frame, flow) =>
    operator === '+'
      ? leakOfPart(
          strongest([left, right], (each) => flow.read(each, [], frame)),
          keys,
        )
      : undefined,
  ConditionalExpression: ({ consequent, alternate }, keys, frame, flow) =>
    strongest([consequent, alternate], (each) => flow.read(each, keys, frame)),
  LogicalExpression: ({ left, right }, keys, frame, flow) =>
    strongest([left, right], (each) => flow.read(each, keys, frame)),
  AssignmentExpression: ({ left, right, operator }, keys, frame, flow) =>
    strongest(operator === '=' ? [right] : [left, right], (each) => flow.read(each, keys, frame)),
  SequenceExpression: ({ expressions }, keys, frame, flow) => {
    const last = expressions.at(-1)
    return last === undefined ? undefined : flow.read(last, keys, frame)
  },
  AwaitExpression: ({ argument }, keys, frame, flow) => flow.read(argument, keys, frame),
  YieldExpression: () => undefined,
  SpreadElement: ({ argument }, keys, frame, flow) => flow.read(argument, keys, frame),
}

function readMember(
  member: TSESTree.MemberExpression,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const key = memberKey(member) ?? EACH
  const readers = [
    () => flow.read(member.object, [key, ...keys], frame),
    () => ownLeak(member, keys, flow),
  ]
  const found = strongest(readers, (reader) => reader())
  const isSafe = found !== undefined && keys.length === 0 && isSafeByType(member, flow)
  return isSafe ? undefined : found
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
  readonly #answers = new Map<TSESTree.Node, Map<string, Leak | undefined | typeof UNDERWAY>>()
  #steps = 0
  #depth = 0
  #stepsBefore = 0
  #cuts = 0

  constructor(
    source: TSESLint.SourceCode,
    code: LocalCode,
    types: TypeFacts | undefined,
    { sanitizers, names, onlyExposed = false }: Judgement,
  ) {
    const counts = (name: string, node: TSESTree.Node) => names(name, node, source)
    this.#flow = { read: this.#read, source, code, types, sanitizers, counts, onlyExposed }
  }

  /** The leak of printing `node`; with `through`, of what its method of that name hands to a callback. */
  of(node: TSESTree.Node, through?: string): Leak | undefined {
    this.#stepsBefore += this.#steps
    this.#steps = 0
    return through === undefined
      ? this.#read(node, [], undefined)
      : readReceiver(node, through, [], this.#flow)
  }

  /** Whether `node` is a `Secret`, and not only something that holds one. */
  isSecret(node: TSESTree.Node): boolean {
    return isSecretObject(node, this.#flow)
  }

  /** Whether `call` takes the value out of a `Secret`. */
  isExposure(call: TSESTree.CallExpression): boolean {
    return isExposure(call, this.#flow)
  }

  readonly #read: Read = (outer, keys, frame) => {
    // Before what is known of the node within, which stands elsewhere without the cast.
    if (isCastToSafe(outer, this.#flow)) return undefined
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
    let leak: Leak | undefined
    try {
      leak = this.#dispatch(node, keys, frame)
      isWhole = frame === undefined && this.#cuts === cutsBefore
    } finally {
      this.#depth -= 1
      if (isWhole) answers.set(question, leak)
      else answers.delete(question)
    }
    return leak
  }

  #answersFor(node: TSESTree.Node) {
    const answers = this.#answers.get(node) ?? new Map<string, Leak | undefined | typeof UNDERWAY>()
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

  #dispatch(node: TSESTree.Node, keys: Keys, frame: Frame | undefined): Leak | undefined {
    const reader = READERS[node.type] as
      | ((
          node: TSESTree.Node,
          keys: Keys,
          frame: Frame | undefined,
          flow: Flow,
        ) => Leak | undefined)
      | undefined
    return reader?.(node, keys, frame, this.#flow)
  }
}
