import ts from 'typescript'

/**
 * Puts an import before `example` for each name that it uses and does not declare.
 *
 * @param sources modules and the names that they export; the first that has a name is imported
 */
export function withImports(
  example: string,
  sources: readonly (readonly [string, readonly string[]])[],
): string {
  const source = ts.createSourceFile('example.ts', example, ts.ScriptTarget.ES2023, true)
  const used = new Set<string>()
  const declared = new Set<string>()
  const visit = (node: ts.Node) => {
    if (ts.isIdentifier(node)) {
      const { parent } = node
      const declares =
        (ts.isVariableDeclaration(parent) ||
          ts.isParameter(parent) ||
          ts.isBindingElement(parent)) &&
        parent.name === node
      const isMember =
        (ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent)) &&
        parent.name === node
      if (declares || ts.isImportSpecifier(parent)) declared.add(node.text)
      else if (!isMember) used.add(node.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  const lines = [...used]
    .filter((name) => !declared.has(name))
    .flatMap((name) => {
      const from = sources.find(([, names]) => names.includes(name))?.[0]
      return from === undefined ? [] : [`import { ${name} } from '${from}'`]
    })
  return [...lines, example, 'export {}', ''].join('\n')
}
