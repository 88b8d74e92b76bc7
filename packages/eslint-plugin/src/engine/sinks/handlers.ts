import type { TSESTree } from '@typescript-eslint/utils'
import type { CallExpression, Node } from '../syntax/nodes.ts'
import { constantValue } from '../syntax/constants.ts'
import { type FunctionNode, isFunction, memberKey, propertiesOf, unwrap } from '../syntax/syntax.ts'
import { isOwner } from './receivers.ts'
import type { Sink, SinkContext, SinkNode } from './sink.ts'

const ROUTE_METHOD = /^(?:get|post|put|patch|delete|options|head|all|route)$/

/** The result that `node` has a framework send: the answer of a route, the props of a page. */
export function resultSent(node: SinkNode, context: SinkContext): Sink | undefined {
  const isPage = node.type === 'ExportNamedDeclaration'
  const given = resultsOf(node, context)
  return given.length === 0
    ? undefined
    : { node, name: isPage ? 'a page' : 'the answer of a route', given }
}

function resultsOf(node: SinkNode, context: SinkContext): readonly Node[] {
  switch (node.type) {
    case 'CallExpression':
      return resultsOfRoute(node, context)
    case 'ExportNamedDeclaration':
      return resultsOfExport(node, context)
    case 'MethodDefinition':
      return resultsOfMethod(node, context)
    default:
      return []
  }
}

/** The results of the handlers of a route: `app.get('/', async () => ({ … }))`, `app.route({ handler })`. */
function resultsOfRoute(call: CallExpression, context: SinkContext): readonly Node[] {
  const callee = unwrap(call.callee)
  if (callee.type !== 'MemberExpression') return []
  if (!ROUTE_METHOD.test(memberKey(callee) ?? '')) return []
  const [first, ...others] = call.arguments
  if (first === undefined || !isOwner(callee.object, 'app', context)) return []
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

/** Functions that a framework calls by the name under which they are exported, and whose result it sends. */
const SENT_EXPORTS = /^(?:getServerSideProps|getStaticProps|getInitialProps)$/

/** Decorators of Nest that make a method a route. */
const ROUTE_DECORATOR = /^(?:Get|Post|Put|Patch|Delete|All|Head|Options|Render|Sse)$/

/** The results of an exported function that a framework sends: the props of a page, the answer of a Lambda. */
function resultsOfExport(
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
function resultsOfMethod(
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
