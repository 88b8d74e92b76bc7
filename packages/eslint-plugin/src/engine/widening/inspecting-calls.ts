import type { Node, SourceCode } from '../syntax/nodes.ts'
import { lastName, pathOf } from '../syntax/paths.ts'
import { type CallNode, unwrap } from '../syntax/syntax.ts'
import type { TypeFacts } from '../types/type-facts.ts'

/** Functions that take anything, look at it, and keep nothing. */
const INSPECTORS = new RegExp(
  [
    'String|Boolean|Number|Array\\.isArray|structuredClone',
    '(?:Object|Reflect|JSON)\\.\\w+',
    'util\\.(?:inspect|format|isDeepStrictEqual|types\\.\\w+)',
    '(?:assert|assert/strict)(?:\\.\\w+)*',
    'zod\\b.*\\.(?:p|safeP)arse(?:Async)?',
    '(?:(?:vitest|@jest/globals|chai)\\.|\\$)?expect\\b.*',
  ]
    .map((path) => `^(?:${path})$`)
    .join('|'),
)

/** Functions that only inspect, from any package: `isEqual`, `hasOwn`, `assertSecret`. */
const TELLS = /^(?:is|has|assert|equals?)(?![a-z])/

/** Collections out of which only the owner of a value can read it. */
const WEAK_COLLECTIONS: ReadonlySet<string> = new Set(['WeakMap', 'WeakSet'])

interface Known {
  readonly source: SourceCode
  readonly types: TypeFacts | undefined
}

/**
 * Whether `call` only looks at what it is given, or nothing is to be reported about it: a test, a conversion to
 * text, something that is itself `any`. `further` are names of functions that do so.
 */
export function onlyInspects(
  call: CallNode,
  further: ReadonlySet<string>,
  { source, types }: Known,
): boolean {
  const { callee } = call
  const name = lastName(callee) ?? ''
  return (
    INSPECTORS.test(pathOf(callee, source) ?? '') ||
    TELLS.test(name) ||
    further.has(name) ||
    types?.isTypeTest(call) === true ||
    types?.isAny(callee) === true ||
    isWeakCollection(callee, types)
  )
}

function isWeakCollection(callee: Node, types: TypeFacts | undefined): boolean {
  const bare = unwrap(callee)
  if (bare.type !== 'MemberExpression') return false
  return types?.namesOf(bare.object).some((name) => WEAK_COLLECTIONS.has(name)) === true
}
