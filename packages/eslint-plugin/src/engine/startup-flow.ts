import { AST_NODE_TYPES, type TSESLint, type TSESTree } from '@typescript-eslint/utils'
import { constantValue } from './constants.ts'
import { LocalCode } from './local-code.ts'
import { lastName, pathOf } from './paths.ts'
import {
  ancestorsOf,
  enclosing,
  type FunctionNode,
  isFunction,
  memberKey,
  unwrap,
  within,
} from './syntax.ts'
import type { TypeFacts } from './type-facts.ts'

/** How a listening call stands to the loading of the secrets. */
export type Startup = 'validated' | 'unvalidated' | 'not started here'

/** Follows callers of callers no further than this. */
const MAX_CALLERS = 5

/** Expressions in expressions, looked into no further than this. */
const MAX_DEPTH = 20

/** What waits for a promise, or hands it to somebody who does. */
const WAITING: ReadonlySet<string> = new Set([
  AST_NODE_TYPES.AwaitExpression,
  AST_NODE_TYPES.ReturnStatement,
  AST_NODE_TYPES.MemberExpression,
  AST_NODE_TYPES.AssignmentExpression,
])

/** A loaded service: what `loadService` gives, by the name of its type. */
const LOADED = /^(?:Loaded\w*|Service|\w+Secrets)$/

/** Statements and expressions of which a part may be left out when they run. */
const CONDITIONAL: Readonly<Record<string, readonly string[]>> = {
  IfStatement: ['consequent', 'alternate'],
  ConditionalExpression: ['consequent', 'alternate'],
  LogicalExpression: ['right'],
  SwitchStatement: ['cases'],
  ForStatement: ['update', 'body'],
  ForInStatement: ['body'],
  ForOfStatement: ['body'],
  WhileStatement: ['body'],
  TryStatement: ['handler'],
}

/** Answers whether the secrets are certainly loaded, and awaited, before a call. */
export class StartupFlow {
  readonly #source: TSESLint.SourceCode
  readonly #code: LocalCode
  readonly #types: TypeFacts | undefined
  readonly #loaders: ReadonlySet<string>

  constructor(
    source: TSESLint.SourceCode,
    types: TypeFacts | undefined,
    loaders: ReadonlySet<string>,
  ) {
    this.#source = source
    this.#code = new LocalCode(source)
    this.#types = types
    this.#loaders = loaders
  }

  /** Where `call` stands. A function that the file neither calls nor hands on is for others to start. */
  before(call: TSESTree.Node, depth = 0): Startup {
    const owner = enclosing(call, isFunction)
    if (this.#isPreceded(call, owner) || this.#contains(call)) return 'validated'
    if (owner === undefined) return 'unvalidated'
    if (owner.params.some((parameter) => this.#isLoaded(parameter))) return 'validated'
    if (depth > MAX_CALLERS) return 'not started here'
    const answers = this.#startsOf(owner).map((start) =>
      this.#isAfterLoader(start) ? 'validated' : this.before(start, depth + 1),
    )
    if (answers.includes('unvalidated')) return 'unvalidated'
    return answers.includes('validated') ? 'validated' : 'not started here'
  }

  /** Whether `call` loads the secrets. */
  isLoader(call: TSESTree.CallExpression): boolean {
    return this.#loaders.has(lastName(call.callee) ?? '')
  }

  /** Whether the result of the loading `call` is waited for: awaited, given back, chained, or kept and awaited. */
  isAwaited(call: TSESTree.Node, depth = 0): boolean {
    const { parent } = call
    if (parent === undefined || depth > MAX_DEPTH) return false
    if (WAITING.has(parent.type)) return true
    if (parent.type === AST_NODE_TYPES.ExpressionStatement) return false
    if (parent.type === AST_NODE_TYPES.ArrowFunctionExpression) return parent.body === call
    if (parent.type !== AST_NODE_TYPES.VariableDeclarator) return this.isAwaited(parent, depth + 1)
    return this.#source
      .getDeclaredVariables(parent)
      .flatMap(({ references }) => references)
      .filter((reference) => reference.isRead())
      .some(({ identifier }) => this.isAwaited(identifier, depth + 1))
  }

  /** The calls, or uses as a callback, that start `owner`. */
  #startsOf(owner: FunctionNode): TSESTree.Node[] {
    const uses = this.#code.usesOf(owner)
    const method = this.#code.callsOf(owner)
    const starts = uses.flatMap(({ parent }) =>
      parent?.type === AST_NODE_TYPES.CallExpression ? [parent] : [],
    )
    return [...new Set([...starts, ...method])]
  }

  /** `loadService(…).then(start)` */
  #isAfterLoader(start: TSESTree.Node): boolean {
    if (start.type !== AST_NODE_TYPES.CallExpression) return false
    const callee = unwrap(start.callee)
    return (
      callee.type === AST_NODE_TYPES.MemberExpression &&
      memberKey(callee) === 'then' &&
      this.#awaits(callee.object, true)
    )
  }

  #isLoaded(parameter: TSESTree.Node): boolean {
    const named =
      parameter.type === AST_NODE_TYPES.Identifier ||
      parameter.type === AST_NODE_TYPES.ObjectPattern
        ? parameter.typeAnnotation?.typeAnnotation
        : undefined
    const text = named?.type === AST_NODE_TYPES.TSTypeReference ? lastTypeName(named) : ''
    return (
      LOADED.test(text) ||
      this.#types?.namesOf(parameter).some((name) => LOADED.test(name)) === true
    )
  }

  /** Whether a statement that certainly ran before `call`, in the same function, has awaited a loader. */
  #isPreceded(call: TSESTree.Node, owner: FunctionNode | undefined): boolean {
    let node = call
    for (const around of ancestorsOf(call)) {
      const statements = 'body' in around && Array.isArray(around.body) ? around.body : []
      const earlier = statements.slice(0, statements.indexOf(node as never)) as TSESTree.Node[]
      if (earlier.some((statement) => this.#awaits(statement, false))) return true
      if (around === owner) break
      node = around
    }
    return false
  }

  #contains(call: TSESTree.Node): boolean {
    return call.type === AST_NODE_TYPES.CallExpression
      ? call.arguments.some((argument) => this.#awaits(argument, false))
      : false
  }

  /** Whether running `root` certainly awaits a loader; with `isAwaited`, whether it is one that somebody awaits. */
  #awaits(root: TSESTree.Node, isAwaited: boolean, depth = 0): boolean {
    const node = unwrap(root)
    if (depth > MAX_DEPTH) return false
    if (isFunction(node) || node.type === AST_NODE_TYPES.ClassDeclaration) return false
    if (node.type === AST_NODE_TYPES.CallExpression && isAwaited && this.#loads(node, depth))
      return true
    if (survivesFailure(node, this.#source)) return false
    const kept = constantValue(node, this.#source)
    if (kept !== node) return isAwaited && this.#awaits(kept, isAwaited, depth + 1)
    const skipped = CONDITIONAL[node.type] ?? []
    const next = isAwaited || node.type === AST_NODE_TYPES.AwaitExpression
    const fields = node as unknown as Record<string, unknown>
    return (this.#source.visitorKeys[node.type] ?? [])
      .filter((key) => !skipped.includes(key))
      .flatMap((key) => fields[key])
      .filter((child) => typeof child === 'object' && child !== null)
      .some((child) => this.#awaits(child as TSESTree.Node, next, depth + 1))
  }

  /** Whether `call` is of a loader, or of a local function that certainly awaits one or gives its promise back. */
  #loads(call: TSESTree.CallExpression, depth: number): boolean {
    if (this.isLoader(call)) return true
    const owner = this.#code.functionOf(call.callee)
    if (owner === undefined || within(call, owner)) return false
    const givesBack = this.#code.returnsOf(owner)
    return (
      (owner.body.type === AST_NODE_TYPES.BlockStatement &&
        this.#awaits(owner.body, false, depth + 1)) ||
      (givesBack.length > 0 && givesBack.every((result) => this.#awaits(result, true, depth + 1)))
    )
  }
}

/** Whether `node` goes on after a failure inside it: a `catch` that neither throws, returns nor exits. */
function survivesFailure(node: TSESTree.Node, source: TSESLint.SourceCode): boolean {
  if (node.type === AST_NODE_TYPES.TryStatement) {
    return node.handler !== null && !endsAbruptly(node.handler.body, source)
  }
  if (node.type !== AST_NODE_TYPES.CallExpression) return false
  const callee = unwrap(node.callee)
  if (callee.type !== AST_NODE_TYPES.MemberExpression) return false
  const handler = node.arguments[0]
  return (
    memberKey(callee) === 'catch' && !(isFunction(handler) && endsAbruptly(handler.body, source))
  )
}

function endsAbruptly(body: TSESTree.Node, source: TSESLint.SourceCode): boolean {
  switch (body.type) {
    case AST_NODE_TYPES.BlockStatement: {
      const last = body.body.at(-1)
      return last !== undefined && endsAbruptly(last, source)
    }
    case AST_NODE_TYPES.ExpressionStatement:
      return endsAbruptly(body.expression, source)
    case AST_NODE_TYPES.CallExpression:
      return /^process\.(?:exit|abort|reallyExit)$/.test(pathOf(body.callee, source) ?? '')
    default:
      return (
        body.type === AST_NODE_TYPES.ThrowStatement || body.type === AST_NODE_TYPES.ReturnStatement
      )
  }
}

function lastTypeName({ typeName }: TSESTree.TSTypeReference): string {
  if (typeName.type === AST_NODE_TYPES.Identifier) return typeName.name
  return typeName.type === AST_NODE_TYPES.TSQualifiedName ? typeName.right.name : ''
}
