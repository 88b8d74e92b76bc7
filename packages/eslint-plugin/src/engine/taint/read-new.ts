import type { NewExpression } from '../syntax/nodes.ts'
import { anyOf, type Flow, type Found, strongest } from './flow.ts'
import { lastName, pathOf } from '../syntax/paths.ts'
import { inConstructor, readInstance } from './read-instances.ts'
import { ownLeak } from './sources.ts'
import { isFunction } from '../syntax/syntax.ts'
import { isHarmlessPath, type Keys } from '../graph/access-path.ts'

/** Classes whose instances, when printed, show what they are made with. Errors, and classes that extend one, too. */
const SHOWS_ALL =
  /^(?:URL|URLSearchParams|Headers|Request|String|Uint8Array|.*(?:Error|Exception))$/

/** Classes whose instances have the parts of what they are made with. */
const KEEPS_SHAPE: ReadonlySet<string> = new Set(['Map', 'Set', 'Array'])

/** Reads what printing a new object shows. */
export function readNew(construction: NewExpression, keys: Keys, flow: Flow): Found {
  return anyOf(
    () => readInstance(construction, keys, flow),
    () => readGiven(construction, keys, flow),
    () => readPromised(construction, keys, flow),
    () => ownLeak(construction, keys, flow),
  )
}

function readGiven(construction: NewExpression, keys: Keys, flow: Flow): Found {
  const { arguments: given, callee } = construction
  if (KEEPS_SHAPE.has(lastName(callee) ?? '')) {
    return strongest(given, (argument) => flow.read(argument, keys))
  }
  if (!showsArguments(construction, flow) || isHarmlessPath(keys)) return undefined
  const own = inConstructor(construction, flow)
  if (own === undefined) return strongest(given, (argument) => flow.read(argument, []))
  return strongest(flow.code.supersIn(own.body), (call) =>
    strongest(call.arguments, (argument) => own.inner.read(argument, [])),
  )
}

function showsArguments(construction: NewExpression, { code }: Flow): boolean {
  const lineage = code.lineageOf(code.constructed(construction))
  return [construction.callee, ...lineage.map(({ superClass }) => superClass)].some(
    (named) => named !== null && SHOWS_ALL.test(lastName(named) ?? ''),
  )
}

/** The value a promise is resolved with: `new Promise((resolve) => resolve(value))`. */
function readPromised(
  { callee, arguments: [executor] }: NewExpression,
  keys: Keys,
  flow: Flow,
): Found {
  if (pathOf(callee, flow.source) !== 'Promise' || !isFunction(executor)) return undefined
  const [resolve] = flow.source
    .getDeclaredVariables(executor)
    .filter(({ defs }) => defs[0]?.name === executor.params[0])
  return strongest(resolve?.references ?? [], ({ identifier: { parent } }) => {
    const value = 'arguments' in parent ? parent.arguments[0] : undefined
    return value === undefined ? undefined : flow.read(value, keys)
  })
}
