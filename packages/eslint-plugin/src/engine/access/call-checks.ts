import type { CallExpression, Property } from '../syntax/nodes.ts'
import { constantText, constantValue } from '../syntax/constants.ts'
import { keyOf, propertiesOf } from '../syntax/syntax.ts'
import {
  type AccessFinding,
  type AccessContext,
  importedName,
  isImportBinding,
} from './access-context.ts'
import { peersOf } from './service-grants.ts'

/** Functions whose first argument is the name of the service. */
export const NAMING_FUNCTIONS: ReadonlySet<string> = new Set(['defineService', 'loadService'])

/** Finds calls that define a secret which was not granted, or a service that the folder is not of. */
export function checkCall(call: CallExpression, access: AccessContext): AccessFinding[] {
  const name = importedName(call.callee, access.source)
  if (name === undefined) return []
  if (NAMING_FUNCTIONS.has(name)) return checkServiceName(call, access)
  const kind = access.definers.get(name)
  return kind === undefined ? [] : checkDefinition(call, kind, access)
}

function checkDefinition(
  call: CallExpression,
  kind: string,
  { source, service, grant, known }: AccessContext,
): AccessFinding[] {
  const peers = peersOf(grant, kind)
  if (peers === undefined) {
    // An imported name was judged where it is imported.
    const isGranted = grant.kinds?.includes(kind) === true || isImportBinding(call.callee, source)
    return isGranted ? [] : [{ node: call, messageId: 'kind', data: { kind } }]
  }
  const peer = constantText(call.arguments[0], source)
  if (peer === undefined ? peers.length > 0 : peers.includes(peer)) return []
  const other = known.find((each) => each === peer) ?? 'another service'
  const ends = kind === 'sender' ? [service, other] : [other, service]
  return [{ node: call, messageId: 'call', data: { call: ends.join(' → ') } }]
}

function checkServiceName(
  call: CallExpression,
  { source, service }: AccessContext,
): AccessFinding[] {
  const [definition] = call.arguments
  const object = definition && constantValue(definition, source)
  if (object?.type !== 'ObjectExpression') return []
  const [node] = propertiesOf(object, 'name')
  const name = constantText(node, source)
  if (node === undefined || name === undefined || name === service) return []
  return [{ node, messageId: 'serviceName' }]
}

/** `ownerRole: 'other'`: the role as which the sessions of another service act, or one named after it. */
export function checkOwnerRole(
  property: Property,
  { source, service, known }: AccessContext,
): AccessFinding[] {
  if (keyOf(property) !== 'ownerRole') return []
  const role = constantText(property.value, source)
  const other = known.find((each) => role === each || role?.startsWith(`${each}_`) === true)
  if (other === undefined || other === service) return []
  return [{ node: property.value, messageId: 'owner', data: { other } }]
}
