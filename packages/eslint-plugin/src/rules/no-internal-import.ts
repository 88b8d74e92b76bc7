import type { TSESTree } from '@typescript-eslint/utils'
import type { Node } from '../engine/syntax/nodes.ts'
import { createRule } from '../create-rule.ts'

const INTERNAL = /^@rekey\/[^/]+\/internal(?:\/|$)/

/** Finds imports of what the packages of Rekey keep for each other. */
export const noInternalImport = createRule<[], 'internal'>({
  name: 'no-internal-import',
  meta: {
    type: 'problem',
    docs: { description: 'Import only what the packages of Rekey promise', cwe: 'CWE-477' },
    messages: {
      internal:
        '{{entry}} is for the packages of Rekey alone, and changes without notice. Import from a public entry.',
    },
    schema: [],
    defaultOptions: [],
  },
  create(context) {
    function check(source: Node | null | undefined) {
      const entry = textOf(source)
      if (source && INTERNAL.test(entry))
        context.report({ node: source, messageId: 'internal', data: { entry } })
    }
    const checkSource = ({ source }: { readonly source: Node | null }) => {
      check(source)
    }
    return {
      ImportDeclaration: checkSource,
      ExportAllDeclaration: checkSource,
      ExportNamedDeclaration: checkSource,
      ImportExpression: checkSource,
      TSImportType: checkSource,
      TSExternalModuleReference({ expression }) {
        check(expression)
      },
      CallExpression({ callee, arguments: [source] }) {
        if (isRequire(callee)) check(source)
      },
    }
  },
})

/** `require` and `require.resolve`. */
function isRequire(callee: TSESTree.Expression): boolean {
  const holder = callee.type === 'MemberExpression' ? callee.object : callee
  return holder.type === 'Identifier' && holder.name === 'require'
}

function textOf(node: Node | null | undefined): string {
  if (node?.type === 'Literal') return String(node.value)
  return node?.type === 'TemplateLiteral' ? (node.quasis[0]?.value.raw ?? '') : ''
}
