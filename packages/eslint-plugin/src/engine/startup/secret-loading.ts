import type { TSESTree } from '@typescript-eslint/utils'
import type { ByType, CallExpression, Node } from '../syntax/nodes.ts'
import type { LocalCode } from '../code/local-code.ts'
import { lastName, pathOf } from '../syntax/paths.ts'
import {
  ancestorsOf,
  type FunctionNode,
  isClass,
  isFunction,
  memberKey,
  unwrap,
} from '../syntax/syntax.ts'
import { breaksIn, endsAbruptly, isAbruptHandler, mayReturnEarly } from './abrupt-ends.ts'
import { constantValue } from '../syntax/constants.ts'

type Nodes = readonly (Node | null | undefined)[]

/** The part of a statement or expression that runs whenever it runs, where that is not all of it. */
const CERTAIN: ByType<Nodes> = {
  LogicalExpression: ({ left }) => [left],
  SwitchStatement: ({ discriminant }) => [discriminant],
  ForStatement: ({ init, test }) => [init, test],
  ForInStatement: ({ right }) => [right],
  ForOfStatement: ({ right }) => [right],
  WhileStatement: ({ test }) => [test],
}

/** Answers what certainly loads the secrets of a service, and fails if they cannot be loaded. */
export class SecretLoading implements Loading {
  readonly code: LocalCode
  readonly #loaders: ReadonlySet<string>
  readonly #asked = new Set<Node>()

  constructor(code: LocalCode, loaders: ReadonlySet<string>) {
    this.code = code
    this.#loaders = loaders
  }

  /** Whether `call` loads the secrets. */
  isLoader(call: CallExpression): boolean {
    return this.#loaders.has(lastName(call.callee) ?? '')
  }

  /** Whether the secrets are loaded whenever `node` has run. */
  runs(node: Node): boolean {
    return this.#once(node, () => this.#runs(unwrap(node)))
  }

  /** Whether the secrets are loaded once the value of `node` has been awaited. */
  promises(node: Node): boolean {
    return this.#once(node, () => promisesLoading(unwrap(node), this))
  }

  /** Whether a statement that certainly ran before `node`, in the same function, has loaded the secrets. */
  isBefore(node: Node): boolean {
    let inner = node
    for (const around of ancestorsOf(node)) {
      const statements = statementsOf(around)
      const earlier = statements.slice(0, Math.max(0, statements.indexOf(inner)))
      if (earlier.some((statement) => this.runs(statement))) return true
      if (isFunction(around)) return false
      inner = around
    }
    return false
  }

  /** Recursion answers no, and so does what is being asked already. */
  #once(node: Node, answer: () => boolean): boolean {
    if (this.#asked.has(node)) return false
    this.#asked.add(node)
    const result = answer()
    this.#asked.delete(node)
    return result
  }

  #runs(node: Node): boolean {
    if (isFunction(node) || isClass(node)) return false
    switch (node.type) {
      case 'AwaitExpression':
        return this.promises(node.argument) || this.runs(node.argument)
      case 'IfStatement':
      case 'ConditionalExpression':
        return this.runs(node.test) || this.#bothRun(node.consequent, node.alternate)
      case 'TryStatement':
        return this.#tryRuns(node)
      case 'WhileStatement':
      case 'ForStatement':
        return this.#partsRun(node) || this.#loopRuns(node)
      default:
        return this.#partsRun(node)
    }
  }

  /** Whether one of two branches loads, and the other does so too, or ends everything. */
  #bothRun(one: Node, other: Node | null): boolean {
    if (other === null) return false
    const branches = [one, other]
    return (
      branches.some((branch) => this.runs(branch)) &&
      branches.every((branch) => this.runs(branch) || endsAbruptly(branch, this.code))
    )
  }

  #tryRuns({ block, handler, finalizer }: TSESTree.TryStatement): boolean {
    if (finalizer !== null && this.runs(finalizer)) return true
    const failsToo = handler === null || endsAbruptly(handler.body, this.code)
    return failsToo && this.runs(block)
  }

  /** Whether a loop without end is left only after loading: one that tries again until it succeeds. */
  #loopRuns({ test, body }: TSESTree.WhileStatement | TSESTree.ForStatement): boolean {
    const isEndless = test === null || (test.type === 'Literal' && test.value === true)
    const breaks = isEndless ? breaksIn(body, this.code) : []
    return breaks.length > 0 && breaks.every((each) => this.isBefore(each))
  }

  #partsRun(node: Node): boolean {
    const certain = CERTAIN[node.type] as ((node: Node) => Nodes) | undefined
    const fields = node as unknown as Readonly<Record<string, unknown>>
    const parts =
      certain?.(node) ??
      (this.code.source.visitorKeys[node.type] ?? []).flatMap((key) => fields[key] as Nodes)
    return parts.some((part) => part !== null && part !== undefined && this.runs(part))
  }
}

function statementsOf(node: Node): readonly Node[] {
  switch (node.type) {
    case 'Program':
    case 'BlockStatement':
    case 'StaticBlock':
      return node.body
    case 'SwitchCase':
      return node.consequent
    default:
      return []
  }
}

/** An expression that certainly loads the secrets of a service. */
interface Loading {
  readonly code: LocalCode
  isLoader(call: CallExpression): boolean
  /** Whether the secrets are loaded whenever `node` has run. */
  runs(node: Node): boolean
  /** Whether the secrets are loaded once the value of `node` has been awaited. */
  promises(node: Node): boolean
}

/** Of which promises a combination waits for, and fails with: some of them will do, or every one has to load. */
const COMBINERS: ReadonlyMap<string, 'some' | 'every' | 'none'> = new Map([
  ['Promise.all', 'some'],
  ['Promise.resolve', 'some'],
  ['Promise.race', 'every'],
  ['Promise.any', 'every'],
  ['Promise.allSettled', 'none'],
])

const CHAINS: ReadonlySet<string> = new Set(['then', 'catch', 'finally'])

/** Whether the secrets are loaded once the value of `node` has been awaited. */
function promisesLoading(node: Node, loading: Loading): boolean {
  switch (node.type) {
    case 'CallExpression':
      return loading.isLoader(node) || callPromises(node, loading)
    case 'AwaitExpression':
      return loading.promises(node.argument)
    case 'AssignmentExpression':
      return loading.promises(node.right)
    case 'ConditionalExpression':
      return loading.promises(node.consequent) && loading.promises(node.alternate)
    case 'LogicalExpression':
      return loading.promises(node.left) && loading.promises(node.right)
    case 'Identifier': {
      const value = constantValue(node, loading.code.source)
      return value !== node && loading.promises(value)
    }
    default:
      return false
  }
}

function callPromises(call: CallExpression, loading: Loading): boolean {
  const { code } = loading
  const combined = COMBINERS.get(pathOf(call.callee, code.source) ?? '')
  if (combined !== undefined) return combinationPromises(call, combined, loading)
  const owner = code.functionOf(call.callee)
  if (owner !== undefined) return functionLoads(owner, loading)
  const callee = unwrap(call.callee)
  const method = callee.type === 'MemberExpression' ? (memberKey(callee) ?? '') : ''
  return callee.type === 'MemberExpression' && CHAINS.has(method)
    ? chainPromises(callee.object, method, call.arguments, loading)
    : isHandedOn(call, loading)
}

function combinationPromises(
  { arguments: [first] }: CallExpression,
  combined: 'some' | 'every' | 'none',
  loading: Loading,
): boolean {
  const parts = first?.type === 'ArrayExpression' ? first.elements : [first]
  const promised = parts.filter((part) => part && loading.promises(part))
  const needed = { some: 1, every: parts.length, none: Infinity }[combined]
  return promised.length > 0 && promised.length >= needed
}

/** `loading.then(…)`, `loading.catch(…)`, `loading.finally(…)`, and a `then` whose callback loads. */
function chainPromises(
  receiver: Node,
  method: string,
  [first, second]: readonly Node[],
  loading: Loading,
): boolean {
  const onFailure = method === 'catch' ? first : method === 'then' ? second : undefined
  if (onFailure !== undefined && !isAbruptHandler(onFailure, loading.code)) return false
  const next = method === 'then' && first !== undefined ? loading.code.functionOf(first) : undefined
  return loading.promises(receiver) || (next !== undefined && functionLoads(next, loading))
}

/** Whether a function of elsewhere is given what loads, to wait for or to try: `retry(() => loadService(definition))`. */
function isHandedOn(call: CallExpression, loading: Loading): boolean {
  return call.arguments.some((given) =>
    isFunction(given) ? functionLoads(given, loading) : loading.promises(given),
  )
}

/** Whether calling `owner`, and waiting for it, loads the secrets. */
function functionLoads(owner: FunctionNode, loading: Loading): boolean {
  const { body } = owner
  if (body.type !== 'BlockStatement') return loading.promises(body) || loading.runs(body)
  for (const statement of body.body) {
    if (mayReturnEarly(statement, loading.code)) break
    if (loading.runs(statement)) return true
  }
  const results = loading.code.returnsOf(owner)
  return results.length > 0 && results.every((result) => loading.promises(result))
}
