import type { MemberExpression, Property } from '../syntax/nodes.ts'
import type { TSESTree } from '@typescript-eslint/utils'
import { constantText } from '../syntax/constants.ts'
import { keyOf, memberKey } from '../syntax/syntax.ts'
import type { AccessFinding, AccessContext } from './access-context.ts'
import { mayHold } from './service-grants.ts'
import { createNameReader, type StoreName } from './store-names.ts'

/** A node that can be a name in a store, or that reads something by its name. */
export type Naming =
  | TSESTree.Literal
  | TSESTree.TemplateLiteral
  | TSESTree.BinaryExpression
  | MemberExpression
  | Property

/** Makes the check that finds the names of secrets which were not granted: `source.read('NAME')`, `process.env.NAME`. */
export function createNameCheck(access: AccessContext): (node: Naming) => AccessFinding[] {
  const { service, grant, known, definers } = access
  const kinds = [...definers.values()].filter((kind) => kind !== 'sender' && kind !== 'receiver')
  const read = createNameReader(kinds, known)
  return (node) => {
    const text = textOf(node, access)
    const name = text === undefined ? undefined : read(text)
    if (name === undefined || mayHold(service, grant, name)) return []
    return [{ node, messageId: 'name', data: { secret: inWords(name) } }]
  }
}

/** A name that stands in quotes is a literal, wherever it stands. */
function textOf(node: Naming, { source }: AccessContext): string | undefined {
  switch (node.type) {
    case 'MemberExpression':
      return node.property.type === 'Literal' ? undefined : memberKey(node)
    case 'Property':
      return node.key.type === 'Literal' ? undefined : keyOf(node)
    default:
      return constantText(node, source)
  }
}

function inWords(name: StoreName): string {
  return 'kind' in name
    ? `the ${name.kind} of ${name.owner}`
    : `the key for ${name.sender} → ${name.receiver}`
}
