import { AST_NODE_TYPES as Type, type TSESTree } from '@typescript-eslint/utils'
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
    function check(source: TSESTree.Node | null | undefined) {
      const entry = textOf(source)
      if (source && INTERNAL.test(entry))
        context.report({ node: source, messageId: 'internal', data: { entry } })
    }
    return {
      ImportDeclaration: ({ source }) => {
        check(source)
      },
      ExportAllDeclaration: ({ source }) => {
        check(source)
      },
      ExportNamedDeclaration: ({ source }) => {
        check(source)
      },
      ImportExpression: ({ source }) => {
        check(source)
      },
      TSImportType: ({ source }) => {
        check(source)
      },
      TSExternalModuleReference: ({ expression }) => {
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
  const holder = callee.type === Type.MemberExpression ? callee.object : callee
  return holder.type === Type.Identifier && holder.name === 'require'
}

function textOf(node: TSESTree.Node | null | undefined): string {
  if (node?.type === Type.Literal) return String(node.value)
  return node?.type === Type.TemplateLiteral ? (node.quasis[0]?.value.raw ?? '') : ''
}
