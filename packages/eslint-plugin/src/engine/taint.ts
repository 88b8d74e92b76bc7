import { AST_NODE_TYPES, type TSESLint, type TSESTree } from '@typescript-eslint/utils'
import { type Flow, type Frame, type Keys, type Leak, type Read, strongest } from './flow.ts'
import type { LocalCode } from './local-code.ts'
import { EACH } from './origins.ts'
import { pathOf } from './paths.ts'
import { readCall, readNew } from './read-calls.ts'
import { readIdentifier, readReceiver } from './read-names.ts'
import { partOf, readArray, readObject } from './read-values.ts'
import { ownLeak } from './sources.ts'
import { isFunction, memberKey, unwrap } from './syntax.ts'
import type { TypeFacts } from './type-facts.ts'

/** Nodes looked at for one printed expression, and for one file. Real code needs tens; no code may hang the editor. */
const MAX_STEPS = 2_000
const MAX_STEPS_PER_FILE = 20_000
/** Longer ways into a value come only from recursion. */
const MAX_KEYS = 8

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
    partOf(
      strongest(expressions, (each) => flow.read(each, [], frame)),
      keys,
    ),
  TaggedTemplateExpression: ({ tag, quasi }, keys, frame, flow) =>
    pathOf(tag, flow.source) === 'String.raw' ? flow.read(quasi, keys, frame) : undefined,
  BinaryExpression: ({ operator, left, right }, keys, frame, flow) =>
    operator === '+'
      ? partOf(
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
    () => (keys.length === 0 ? ownLeak(member, flow) : undefined),
  ]
  const found = strongest(readers, (reader) => reader())
  return found !== undefined && keys.length === 0 && flow.types?.isInert(member) === true
    ? undefined
    : found
}

function readThis(
  node: TSESTree.ThisExpression,
  [key, ...rest]: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const owner = flow.code.classOf(node)
  if (owner === undefined) return undefined
  const shown = key === undefined ? flow.code.shownFieldsOf(owner) : [key]
  return strongest(shown, (field) =>
    strongest(flow.code.membersOf(owner, field), (member) =>
      isFunction(member) ? undefined : flow.read(member, rest, frame),
    ),
  )
}

/**
 * Follows values backwards, from what is printed to where it comes from, within one file.
 *
 * Demand driven: nothing is looked at that no sink needs. Answers are remembered unless they were cut short by a cycle,
 * by the budget, or depend on the call that led there. (M. Sridharan, D. Gopan, L. Shan, R. Bodík: Demand-driven
 * points-to analysis for Java, OOPSLA 2005, for the idea.)
 */
export class Taint {
  readonly #flow: Flow
  readonly #known = new Map<TSESTree.Node, Leak | undefined>()
  readonly #active = new Map<TSESTree.Node, Set<string>>()
  #steps = 0
  #stepsBefore = 0
  #cuts = 0

  constructor(
    source: TSESLint.SourceCode,
    code: LocalCode,
    types: TypeFacts | undefined,
    sanitizers: ReadonlySet<string>,
  ) {
    this.#flow = { read: this.#read, source, code, types, sanitizers }
  }

  /** What printing `node` would give away; with `through`, what its method of that name hands to a callback. */
  of(node: TSESTree.Node, through?: string): Leak | undefined {
    this.#stepsBefore += this.#steps
    this.#steps = 0
    return through === undefined
      ? this.#read(node, [], undefined)
      : readReceiver(node, through, [], this.#flow)
  }

  readonly #read: Read = (outer, keys, frame) => {
    const node = unwrap(outer)
    const isPlain = keys.length === 0 && frame === undefined
    if (isPlain && this.#known.has(node)) return this.#known.get(node)
    const active = this.#active.get(node) ?? new Set()
    const question = `${String(frame?.depth ?? 0)} ${keys.join('.')}`
    this.#steps += 1
    if (active.has(question) || keys.length > MAX_KEYS || this.#isSpent()) {
      this.#cuts += 1
      return undefined
    }
    this.#active.set(node, active.add(question))
    const cutsBefore = this.#cuts
    const leak = this.#dispatch(node, keys, frame)
    active.delete(question)
    if (isPlain && this.#cuts === cutsBefore) this.#known.set(node, leak)
    return leak
  }

  #isSpent(): boolean {
    return this.#steps > MAX_STEPS || this.#stepsBefore + this.#steps > MAX_STEPS_PER_FILE
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
