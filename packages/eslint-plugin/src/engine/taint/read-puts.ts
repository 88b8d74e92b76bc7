import type { Node } from '../syntax/nodes.ts'
import type { Flow, Found, Keys } from './flow.ts'
import { isSecretName } from '../naming/names.ts'
import type { Origin } from '../syntax/origins.ts'
import { EACH } from '../syntax/patterns.ts'
import { unwrap } from '../syntax/syntax.ts'
import { isLeavingOut, leftOutOfWhole, narrow, accessPathInto } from './access-path.ts'

/** Parts of a URL that show what was put into its other parts. */
const SHOWS_WHOLE: ReadonlySet<string> = new Set(['href', 'search'])

/** The one key under which all lies that `keys` leads to; undefined if there may be more. */
export function onlyKey([key = EACH]: Keys): string | undefined {
  return key === EACH || SHOWS_WHOLE.has(key) || isLeavingOut(key) ? undefined : key
}

/** Something put into a value: `x.key = node`; perhaps without what it has lost since. */
interface Put extends Origin {
  readonly lost?: readonly Keys[]
}

/** Reads what lies at `keys` of the value that `put` was put into. */
export function readPut(
  { node, into = EACH, under = [], lost = [] }: Put,
  keys: Keys,
  flow: Flow,
): Found {
  const { type } = node.parent ?? {}
  if (into === EACH && type === 'CallExpression' && isProperty(keys[0])) return undefined
  const rest = accessPathInto([into, ...under], SHOWS_WHOLE.has(keys[0] ?? '') ? [] : keys)
  const left = rest && narrow(rest, lost)
  if (left === undefined) return undefined
  const found = flow.read(node, left)
  if (found !== undefined || leftOutOfWhole(keys) === undefined) return found
  return namedPut(node, under.at(-1) ?? into, flow)
}

/** Whether `key` is no element of a list, a table or a stream, so that no method has put it there: `file.write(text)`, `file.path`. */
function isProperty(key: string | undefined): boolean {
  return (
    key !== undefined &&
    key !== EACH &&
    !SHOWS_WHOLE.has(key) &&
    !/^\d+$/.test(key) &&
    !isLeavingOut(key)
  )
}

function namedPut(node: Node, name: string, flow: Flow): Found {
  const isNamed =
    isSecretName(name) &&
    unwrap(node).type === 'Identifier' &&
    flow.counts(name, node) &&
    flow.types?.isText(node) !== false
  return isNamed ? { kind: 'name', source: node } : undefined
}
