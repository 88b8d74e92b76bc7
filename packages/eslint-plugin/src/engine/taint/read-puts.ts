import { type Keys, leftOutOfWhole } from '../graph/access-path.ts'
import { pathOfPut, placeInPut, type Put } from '../graph/puts.ts'
import { isSecretName } from '../naming/names.ts'
import type { Node } from '../syntax/nodes.ts'
import { unwrap } from '../syntax/syntax.ts'
import type { Flow, Found } from './flow.ts'

/** Reads what lies at `keys` of the value that `put` was put into. */
export function readPut(put: Put, keys: Keys, flow: Flow): Found {
  const place = placeInPut(put, keys)
  const found = place && flow.read(place.node, place.keys)
  const isNamed = found === undefined && place !== undefined && leftOutOfWhole(keys) !== undefined
  return isNamed ? namedPut(put.node, pathOfPut(put).at(-1) ?? '', flow) : found
}

function namedPut(node: Node, name: string, flow: Flow): Found {
  const isNamed =
    isSecretName(name) &&
    unwrap(node).type === 'Identifier' &&
    flow.counts(name, node) &&
    flow.types?.isText(node) !== false
  return isNamed ? { kind: 'name', source: node } : undefined
}
