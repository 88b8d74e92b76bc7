import type { TSESTree } from '@typescript-eslint/utils'
import type { CallExpression, Node } from '../syntax/nodes.ts'
import { namesInResponses } from '../naming/name-policy.ts'
import { describe, pathOf } from '../syntax/paths.ts'
import { memberKey, unwrap } from '../syntax/syntax.ts'
import { isHandedOver, resultsOfExport, resultsOfMethod, resultsOfRoute } from './handlers.ts'
import { isReceiver, type Receiver, startOf } from './receivers.ts'
import type { Sink, SinkContext, SinkFamily } from './sink.ts'
import { sinkByRows, type SinkRow } from './sink-rows.ts'

/** Responses of node:http, Express and Fastify. */
const RESPONSE: Receiver = {
  names: /^(?:res|resp|response|reply)$/,
  written:
    /^(?:express|express-serve-static-core|http2?|next)\.\w*Response$|FastifyReply$|NextApiResponse$/,
  members: [
    ['writeHead', 'setHeader', 'end'],
    ['send', 'code', 'header', 'hijack'],
  ],
  mentions: /['"](?:node:)?http2?['"]|\b(?:express|fastify|restify|polka)\b|\w(?:Response|Reply)\b/,
}

/** The context of Hono. */
const HONO: Receiver = {
  names: /^(?:c|ctx)$/,
  written: /^hono\.Context$/,
  members: [['json', 'html', 'header', 'executionCtx']],
  mentions: /\bhono\b/,
}

/** The context of Koa. */
const KOA: Receiver = {
  names: /^(?:ctx|context)$/,
  written: /^koa\.\w*Context$/,
  members: [['cookies', 'throw', 'respond']],
  mentions: /\bkoa\b/,
}

const RESPONSE_METHOD =
  /^(?:send|json|jsonp|write|end|redirect|render|view|setHeader|appendHeader|header|headers|set|append|writeHead|writeEarlyHints|cookie|setCookie|attachment|location|links|respond|additionalHeaders)$/

const ROWS: readonly SinkRow[] = [
  { path: /^(?:(?:node-fetch|undici)\.)?Response(?:\.(?:json|redirect))?$/ },
  { path: /^next\/server\.NextResponse(?:\.(?:json|redirect|rewrite))?$/ },
  { path: /^(?:@remix-run\/[\w-]+|react-router|@sveltejs\/kit)\.(?:json|redirect|data)$/ },
  {
    path: /^hono\/cookie\.set(?:Signed)?Cookie$|^next\/headers\.cookies\(\)\.set$|^(?:nookies|cookies-next)\.set(?:Cookie)?$/,
  },
  { method: /^(?:json|text|html|body|header|redirect|render|newResponse)$/, on: HONO },
  { method: /^(?:set|append|redirect|attachment)$/, on: KOA },
]

/** A word that every file with a sink contains. */
const SINK_WORD =
  /\b(?:res|resp|response|reply|ctx|context|c|ws|socket|stream)\b|Response|Reply|createServer|express|fastify|[Hh]ono|koa|getServerSideProps|getStaticProps|@nestjs|\bhandler\b|[cC]ookies?\b|@sveltejs|@remix-run|react-router|elysia/

/** Values that are sent to the requester: bodies, headers, cookies, redirects, and the data of views. */
export const RESPONSE_SINKS: SinkFamily = {
  names: namesInResponses,
  mayBeIn: (text) => SINK_WORD.test(text),
  find(node, context) {
    switch (node.type) {
      case 'CallExpression':
        return answering(node, context) ?? routing(node, context)
      case 'NewExpression':
        return sinkByRows(node, ROWS, context)
      case 'AssignmentExpression':
        return setting(node, context)
      case 'ExportNamedDeclaration':
        return giving(node, 'a page', resultsOfExport(node, context))
      case 'MethodDefinition':
        return giving(node, 'the answer of a route', resultsOfMethod(node, context))
      default:
        return undefined
    }
  },
}

function giving(node: Node, name: string, given: readonly Node[]) {
  return given.length === 0 ? undefined : { node, name, given }
}

function routing(call: CallExpression, context: SinkContext): Sink | undefined {
  return giving(call, 'the answer of a route', resultsOfRoute(call, context))
}

function answering(call: CallExpression, context: SinkContext): Sink | undefined {
  const byRow = sinkByRows(call, ROWS, context)
  const callee = unwrap(call.callee)
  if (byRow !== undefined || callee.type !== 'MemberExpression') return byRow
  const method = memberKey(callee) ?? ''
  const sink = { node: call, name: describe(callee), given: call.arguments }
  if (RESPONSE_METHOD.test(method) && isResponse(callee.object, context)) return sink
  const isPart = /^(?:set|append)$/.test(method) && isPartOfResponse(callee.object, context)
  const isEvent = method === 'emit' && isHandedOver(startOf(callee.object), context)
  return isPart || isEvent ? sink : undefined
}

function isResponse(node: Node, context: SinkContext): boolean {
  if (/^(?:Map|WeakMap|Set|FormData)\(\)$/.test(pathOf(node, context.source) ?? '')) return false
  const bare = unwrap(node)
  const isRaw = bare.type === 'MemberExpression' && memberKey(bare) === 'raw'
  const answer = isRaw ? bare.object : bare
  return isReceiver(answer, RESPONSE, context) || isHandedOver(startOf(answer), context)
}

/** `response.headers`, `ctx.cookies` */
function isPartOfResponse(node: Node, context: SinkContext): boolean {
  const bare = unwrap(node)
  if (bare.type !== 'MemberExpression') return false
  const key = memberKey(bare)
  return (
    (key === 'headers' && isReceiver(bare.object, RESPONSE, context)) ||
    (key === 'cookies' && [KOA, RESPONSE].some((each) => isReceiver(bare.object, each, context)))
  )
}

/** `ctx.body = …`, `response.locals.user = …` */
function setting(node: TSESTree.AssignmentExpression, context: SinkContext): Sink | undefined {
  const { left, right } = node
  if (left.type !== 'MemberExpression') return undefined
  const key = memberKey(left) ?? ''
  const object = unwrap(left.object)
  const isLocal =
    object.type === 'MemberExpression' &&
    memberKey(object) === 'locals' &&
    isReceiver(object.object, RESPONSE, context)
  const isBody =
    /^(?:body|statusMessage)$/.test(key) &&
    [KOA, RESPONSE].some((receiver) => isReceiver(object, receiver, context))
  return isLocal || isBody ? { node, name: describe(left), given: [right] } : undefined
}
