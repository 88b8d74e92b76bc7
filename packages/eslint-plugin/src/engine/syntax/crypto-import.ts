import { AST_NODE_TYPES, ASTUtils, type TSESLint, type TSESTree } from '@typescript-eslint/utils'
import { pathOf } from './paths.ts'

const MODULE_SYNTAX: ReadonlySet<string> = new Set([
  AST_NODE_TYPES.ImportDeclaration,
  AST_NODE_TYPES.ExportNamedDeclaration,
  AST_NODE_TYPES.ExportDefaultDeclaration,
  AST_NODE_TYPES.ExportAllDeclaration,
])

/**
 * Makes the fix that brings `names` of `node:crypto` to `place`, as far as they are not there; undefined where one of
 * them is something else.
 */
export function cryptoImport(
  names: readonly string[],
  place: TSESTree.Node,
  source: TSESLint.SourceCode,
): ((fixer: TSESLint.RuleFixer) => TSESLint.RuleFix[]) | undefined {
  const scope = source.getScope(place)
  const isMissing = (name: string) => (ASTUtils.findVariable(scope, name)?.defs.length ?? 0) === 0
  const missing = names.filter(isMissing)
  const present = names.filter((name) => !missing.includes(name))
  const isOther = present.some((name) => {
    const identifier = ASTUtils.findVariable(scope, name)?.identifiers[0]
    return identifier === undefined || pathOf(identifier, source) !== `crypto.${name}`
  })
  if (isOther) return undefined
  const first = source.ast.body.find((statement) => !('directive' in statement))
  if (missing.length === 0 || first === undefined) return () => []
  return (fixer) => [fixer.insertTextBefore(first, `${importOf(missing, source)}\n`)]
}

function importOf(names: readonly string[], { ast, text }: TSESLint.SourceCode): string {
  const list = `{ ${[...names].sort().join(', ')} }`
  const isModule = ast.body.some(({ type }) => MODULE_SYNTAX.has(type))
  return !isModule && /\brequire\(/.test(text)
    ? `const ${list} = require('node:crypto')`
    : `import ${list} from 'node:crypto'`
}
