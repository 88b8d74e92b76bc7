import type { TSESTree } from '@typescript-eslint/utils'
import { type Flow, type Frame, type Keys, type Leak, strongest } from './flow.ts'
import { lastName, pathOf } from '../syntax/paths.ts'
import { instanceFrame, readInstance } from './read-instances.ts'
import { ownLeak } from './sources.ts'
import { isFunction } from '../syntax/syntax.ts'
import { isHarmlessPath } from './access-path.ts'

/** Classes whose instances, when printed, show what they are made with. Errors, and classes that extend one, too. */
const SHOWS_ALL =
  /^(?:URL|URLSearchParams|Headers|Request|String|Uint8Array|.*(?:Error|Exception))$/

/** Classes whose instances have the parts of what they are made with. */
const KEEPS_SHAPE: ReadonlySet<string> = new Set(['Map', 'Set', 'Array'])

/** Reads what printing a new object shows. */
export function readNew(
  construction: TSESTree.NewExpression,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const readers = [
    () => readInstance(construction, keys, frame, flow),
    () => readGiven(construction, keys, frame, flow),
    () => readPromised(construction, keys, frame, flow),
    () => ownLeak(construction, keys, flow),
  ]
  return strongest(readers, (reader) => reader())
}

function readGiven(
  construction: TSESTree.NewExpression,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  const { arguments: given, callee } = construction
  if (KEEPS_SHAPE.has(lastName(callee) ?? '')) {
    return strongest(given, (argument) => flow.read(argument, keys, frame))
  }
  if (!showsArguments(construction, flow) || isHarmlessPath(keys)) return undefined
  const inner = instanceFrame(construction, frame, flow)
  if (inner === undefined) return strongest(given, (argument) => flow.read(argument, [], frame))
  return strongest(flow.code.supersIn(inner.owner), (call) =>
    strongest(call.arguments, (argument) => flow.read(argument, [], inner)),
  )
}

function showsArguments(construction: TSESTree.NewExpression, { code }: Flow): boolean {
  const lineage = code.lineageOf(code.constructed(construction))
  return [construction.callee, ...lineage.map(({ superClass }) => superClass)].some(
    (named) => named !== null && SHOWS_ALL.test(lastName(named) ?? ''),
  )
}

/** The value a promise is resolved with: `new Promise((resolve) => resolve(value))`. */
function readPromised(
  { callee, arguments: [executor] }: TSESTree.NewExpression,
  keys: Keys,
  frame: Frame | undefined,
  flow: Flow,
): Leak | undefined {
  if (pathOf(callee, flow.source) !== 'Promise' || !isFunction(executor)) return undefined
  const [resolve] = flow.source
    .getDeclaredVariables(executor)
    .filter(({ defs }) => defs[0]?.name === executor.params[0])
  return strongest(resolve?.references ?? [], ({ identifier: { parent } }) => {
    const value = 'arguments' in parent ? parent.arguments[0] : undefined
    return value === undefined ? undefined : flow.read(value, keys, frame)
  })
}
