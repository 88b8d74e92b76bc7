import type { Rule, Scope } from 'eslint'

type SourceCode = Rule.RuleContext['sourceCode']
type Node = Parameters<SourceCode['getScope']>[0]

/** Something that a file imports. */
export interface Imported {
  readonly from: string
  /** Its name there, whatever the file calls it. */
  readonly name: string
}

/** The import that `node` stands for: by a name, or a member of a whole module. */
export function importOf(node: Node, source: SourceCode): Imported | undefined {
  if (node.type === 'Identifier') {
    const binding = bindingOf(node, source)
    if (binding?.node.type !== 'ImportSpecifier') return undefined
    const { imported } = binding.node
    return { from: binding.from, name: 'name' in imported ? imported.name : String(imported.value) }
  }
  if (node.type !== 'MemberExpression' || node.computed) return undefined
  const binding = bindingOf(node.object, source)
  if (binding?.node.type !== 'ImportNamespaceSpecifier') return undefined
  return node.property.type === 'Identifier'
    ? { from: binding.from, name: node.property.name }
    : undefined
}

function bindingOf(node: Node, source: SourceCode) {
  if (node.type !== 'Identifier') return undefined
  for (let scope: Scope.Scope | null = source.getScope(node); scope; scope = scope.upper) {
    const definition = scope.set.get(node.name)?.defs[0]
    if (definition === undefined) continue
    return definition.type === 'ImportBinding'
      ? { node: definition.node, from: String(definition.parent.source.value) }
      : undefined
  }
  return undefined
}
