import type { TSESTree } from '@typescript-eslint/utils'
import type { CallExpression, Node } from '../syntax/nodes.ts'
import { constantText, constantValue, variableOf } from '../syntax/constants.ts'
import { parameterOf } from '../syntax/origins.ts'
import { pathOf } from '../syntax/paths.ts'
import { type FunctionNode, isFunction, memberKey, propertiesOf, unwrap } from '../syntax/syntax.ts'
import { isReceiver, type Receiver } from './receivers.ts'
import type { SinkContext } from './sink.ts'

/** Objects that routes are registered with. */
const APP: Receiver = {
  names: /^(?:app|server|router|fastify|api|hono|instance|routes?)$/,
  paths: /^(?:fastify|express|hono|elysia|@koa\/router|koa-router)\b.*\(\)$/,
}

const ROUTE_METHOD = /^(?:get|post|put|patch|delete|options|head|all|route)$/

/** Events whose listener gets something to answer with, and at which index. */
const ANSWERING_EVENTS: ReadonlyMap<string, number> = new Map([
  ['request', 1],
  ['stream', 0],
  ['connection', 0],
])

/** The results of the handlers of a route: `app.get('/', async () => ({ … }))`, `app.route({ handler })`. */
export function resultsOfRoute(call: CallExpression, context: SinkContext): readonly Node[] {
  const callee = unwrap(call.callee)
  if (callee.type !== 'MemberExpression') return []
  if (!ROUTE_METHOD.test(memberKey(callee) ?? '')) return []
  const [first, ...others] = call.arguments
  if (first === undefined || !isReceiver(callee.object, APP, context)) return []
  const given = memberKey(callee) === 'route' ? [first] : others
  return given
    .flatMap((each) => handlersIn(each, context))
    .flatMap((handler) => context.code.returnsOf(handler))
}

function handlersIn(node: Node, { code, source }: SinkContext): FunctionNode[] {
  const value = constantValue(node, source)
  const candidates = value.type === 'ObjectExpression' ? propertiesOf(value, 'handler') : [value]
  return candidates.flatMap((each) => code.functionOf(each) ?? [])
}

/** Whether `node` is what a request is answered with, by its place among the parameters of a handler, whatever its name. */
export function isHandedOver(node: Node, context: SinkContext): boolean {
  const bare = unwrap(node)
  if (bare.type !== 'Identifier') return false
  const variable = variableOf(bare, context.source)
  const parameter = variable && parameterOf(variable)
  const call = parameter?.owner.parent
  if (parameter === undefined || call?.type !== 'CallExpression') return false
  return parameter.keys.length === 0 && parameter.index === answersAt(call, context)
}

function answersAt(call: CallExpression, context: SinkContext): number | undefined {
  const { source } = context
  if (/\bcreate(?:Secure)?Server$/.test(pathOf(call.callee, source) ?? '')) return 1
  const callee = unwrap(call.callee)
  const key = callee.type === 'MemberExpression' ? memberKey(callee) : undefined
  if (callee.type !== 'MemberExpression' || key === undefined) return undefined
  if (key === 'on') return ANSWERING_EVENTS.get(constantText(call.arguments[0], source) ?? '')
  return ROUTE_METHOD.test(key) && isReceiver(callee.object, APP, context) ? 1 : undefined
}

/** Functions that a framework calls by the name under which they are exported, and whose result it sends. */
const SENT_EXPORTS = /^(?:getServerSideProps|getStaticProps|getInitialProps)$/

/** Decorators of Nest that make a method a route. */
const ROUTE_DECORATOR = /^(?:Get|Post|Put|Patch|Delete|All|Head|Options|Render|Sse)$/

/** The results of an exported function that a framework sends: the props of a page, the answer of a Lambda. */
export function resultsOfExport(
  { declaration }: TSESTree.ExportNamedDeclaration,
  { code }: SinkContext,
): readonly Node[] {
  const declared =
    declaration?.type === 'VariableDeclaration'
      ? declaration.declarations.map(({ id, init }) => [id, init] as const)
      : declaration?.type === 'FunctionDeclaration'
        ? [[declaration.id, declaration] as const]
        : []
  return declared.flatMap(([id, value]) => {
    if (id?.type !== 'Identifier' || !isFunction(value)) return []
    const results = code.returnsOf(value)
    if (SENT_EXPORTS.test(id.name)) return results
    return id.name === 'handler' ? results.filter(isLambdaAnswer) : []
  })
}

function isLambdaAnswer(node: Node): boolean {
  const value = unwrap(node)
  return value.type === 'ObjectExpression' && propertiesOf(value, 'statusCode').length > 0
}

/** The results of a method that a decorator of Nest makes a route. */
export function resultsOfMethod(
  method: TSESTree.MethodDefinition,
  { code }: SinkContext,
): readonly Node[] {
  // The parser of ESLint itself knows no decorators.
  const decorators = 'decorators' in method ? method.decorators : []
  const isRoute = decorators.some(
    ({ expression }) =>
      expression.type === 'CallExpression' &&
      expression.callee.type === 'Identifier' &&
      ROUTE_DECORATOR.test(expression.callee.name),
  )
  return isRoute && isFunction(method.value) ? code.returnsOf(method.value) : []
}
