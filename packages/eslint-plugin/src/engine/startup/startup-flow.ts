import type { TSESTree } from '@typescript-eslint/utils'
import type { CallExpression, Node, SourceCode } from '../syntax/nodes.ts'
import type { Analysis } from '../analysis.ts'
import { usesOf } from '../code/callers.ts'
import type { LocalCode } from '../code/local-code.ts'
import {
  enclosing,
  type FunctionNode,
  isFunction,
  memberKey,
  parentOf,
  unwrap,
} from '../syntax/syntax.ts'
import type { TypeFacts } from '../types/type-facts.ts'
import { SecretLoading } from './secret-loading.ts'

/** How a listening call stands to the loading of the secrets. */
export type Startup = 'validated' | 'unvalidated' | 'not started here'

/** Follows callers of callers no further than this. */
const MAX_CALLERS = 5

/** Expressions in expressions, looked into no further than this. */
const MAX_DEPTH = 20

/** Nodes that wait for a promise, or hand it to a function that does. */
const WAITING: ReadonlySet<string> = new Set([
  'AwaitExpression',
  'ReturnStatement',
  'MemberExpression',
  'AssignmentExpression',
])

/** A loaded service: what `loadService` gives, by the name of its type. */
const LOADED = /^(?:Loaded\w*|Service|\w+Secrets)$/

/** Answers whether the secrets are certainly loaded, and awaited, before a call. */
export class StartupFlow {
  readonly #source: SourceCode
  readonly #code: LocalCode
  readonly #types: TypeFacts | undefined
  readonly #loading: SecretLoading
  readonly #calls: readonly CallExpression[]

  /** `calls` are all calls of the file. */
  constructor(
    { source, code, types }: Pick<Analysis, 'source' | 'code' | 'types'>,
    loaders: ReadonlySet<string>,
    calls: readonly CallExpression[],
  ) {
    this.#source = source
    this.#code = code
    this.#types = types
    this.#loading = new SecretLoading(code, loaders)
    this.#calls = calls
  }

  /** Where `call` stands. A function that the file neither calls nor hands on is for others to start. */
  before(call: Node, depth = 0): Startup {
    const owner = enclosing(call, isFunction)
    if (this.#loading.isBefore(call) || this.#isGivenLoaded(call)) return 'validated'
    if (owner === undefined) return 'unvalidated'
    if (owner.params.some((parameter) => this.#isLoaded(parameter))) return 'validated'
    if (depth > MAX_CALLERS) return 'not started here'
    const answers = this.#startsOf(owner).map((start) =>
      this.#isAfterLoading(start) ? 'validated' : this.before(start.parent ?? start, depth + 1),
    )
    if (answers.includes('unvalidated')) return 'unvalidated'
    return answers.includes('validated') ? 'validated' : 'not started here'
  }

  /** Whether `call` loads the secrets. */
  isLoader(call: CallExpression): boolean {
    return this.#loading.isLoader(call)
  }

  /** Whether the result of the loading `call` is waited for: awaited, given back, chained, or kept and awaited. */
  isAwaited(call: Node, depth = 0): boolean {
    const parent = parentOf(call)
    if (parent === undefined || depth > MAX_DEPTH) return false
    if (WAITING.has(parent.type)) return true
    if (parent.type === 'ExpressionStatement') return false
    if (parent.type === 'ArrowFunctionExpression') return parent.body === call
    if (parent.type !== 'VariableDeclarator') return this.isAwaited(parent, depth + 1)
    return this.#source
      .getDeclaredVariables(parent)
      .flatMap(({ references }) => references)
      .filter((reference) => reference.isRead())
      .some(({ identifier }) => this.isAwaited(identifier, depth + 1))
  }

  /** The places that start `owner`: calls of it, also of a method of an instance, or where it stands as a callback. */
  #startsOf(owner: FunctionNode): Node[] {
    const uses = usesOf(owner, this.#code.source).filter(
      ({ parent }) => parent?.type === 'CallExpression',
    )
    const calls = this.#calls
      .filter(({ callee }) => unwrap(callee).type === 'MemberExpression')
      .filter(({ callee }) => this.#code.functionOf(callee) === owner)
      .map(({ callee }) => callee)
    return [...new Set([...uses, ...calls])]
  }

  /** Whether `use` is the callback of something that has loaded the secrets before: `loadService(…).then(start)`. */
  #isAfterLoading(use: Node): boolean {
    const { parent } = use
    if (parent?.type !== 'CallExpression' || parent.arguments[0] !== use) return false
    const callee = unwrap(parent.callee)
    return (
      callee.type === 'MemberExpression' &&
      memberKey(callee) === 'then' &&
      this.#loading.promises(callee.object)
    )
  }

  #isLoaded(parameter: Node): boolean {
    const named =
      parameter.type === 'Identifier' || parameter.type === 'ObjectPattern'
        ? parameter.typeAnnotation?.typeAnnotation
        : undefined
    const text = named?.type === 'TSTypeReference' ? lastTypeName(named) : ''
    return (
      LOADED.test(text) ||
      this.#types?.namesOf(parameter).some((name) => LOADED.test(name)) === true
    )
  }

  #isGivenLoaded(call: Node): boolean {
    return call.type === 'CallExpression'
      ? call.arguments.some((argument) => this.#loading.runs(argument))
      : false
  }
}

function lastTypeName({ typeName }: TSESTree.TSTypeReference): string {
  if (typeName.type === 'Identifier') return typeName.name
  return typeName.type === 'TSQualifiedName' ? typeName.right.name : ''
}
