import { AST_NODE_TYPES, type TSESTree } from '@typescript-eslint/utils'
import { createRule } from '../create-rule.ts'
import { declaredMinimum, declaredOption, type Minimum } from '../engine/declared-minimum.ts'
import { keysGivenTo, modulusBits } from '../engine/given-keys.ts'
import { sizeOf } from '../engine/key-size.ts'
import { isKeyName } from '../engine/names.ts'
import { describe, lastName, pathOf } from '../engine/paths.ts'
import { isFunction, keyOf } from '../engine/syntax.ts'

interface Options {
  /** The fewest bytes of a symmetric key or a shared secret, and the fewest characters that a declaration may ask for. */
  readonly minBytes?: number
  /** The fewest bits of an RSA, DSA or DH modulus. */
  readonly minModulusBits?: number
}

type MessageIds = 'shortKey' | 'shortModulus' | 'lowMinimum'

/** No file without one of these has a finding. */
const KEY_TEXT = /random|hmac|secret|generateKey|cipher|jwt|token|password|key|min/i

/** Finds keys that are made, given or declared shorter than the policy allows. */
export const minKeyLength = createRule<[Options], MessageIds>({
  name: 'min-key-length',
  meta: {
    type: 'problem',
    docs: { description: 'Keep keys and secrets long enough', cwe: 'CWE-326' },
    messages: {
      shortKey:
        '{{what}} holds {{bytes}} bytes of key material; at least {{minimum}} are needed. Take them from randomBytes({{minimum}}), and cut nothing off.',
      shortModulus: 'A modulus of {{bits}} bits is too short; use at least {{minimum}}.',
      lowMinimum:
        '{{what}} may be as short as {{length}}; ask for at least {{minimum}} characters.',
    },
    schema: [
      {
        type: 'object',
        description: 'What is long enough.',
        additionalProperties: false,
        properties: {
          minBytes: { type: 'integer', minimum: 1, description: 'Bytes of a symmetric key.' },
          minModulusBits: { type: 'integer', minimum: 1, description: 'Bits of an RSA modulus.' },
        },
      },
    ],
    defaultOptions: [{ minBytes: 32, minModulusBits: 2048 }],
  },
  create(context, [{ minBytes = 32, minModulusBits = 2048 }]) {
    const source = context.sourceCode
    if (!KEY_TEXT.test(source.text)) return {}
    const reported = new Set<TSESTree.Node>()

    function reportKey(node: TSESTree.Node, what: string, bytes: number | undefined) {
      if (bytes === undefined || bytes >= minBytes || reported.has(node)) return
      reported.add(node)
      const data = { what, bytes: Math.floor(bytes), minimum: minBytes }
      context.report({ node, messageId: 'shortKey', data })
    }

    function reportMinimum(node: TSESTree.Node, declared: Minimum | undefined) {
      if (declared === undefined || declared.length >= minBytes) return
      context.report({ node, messageId: 'lowMinimum', data: { ...declared, minimum: minBytes } })
    }

    return {
      CallExpression(call) {
        const path = pathOf(call.callee, source) ?? ''
        for (const key of keysGivenTo(call, path, source)) {
          reportKey(key.node, `The key of ${describe(call.callee)}`, key.bytes)
        }
        reportMinimum(call, declaredMinimum(call, source))
        const bits = modulusBits(call, path, source)
        if (bits === undefined || bits >= minModulusBits) return
        const data = { bits, minimum: minModulusBits }
        context.report({ node: call, messageId: 'shortModulus', data })
      },
      Property(property) {
        reportMinimum(property, declaredOption(property, source))
      },
      'VariableDeclarator, AssignmentExpression, Property, PropertyDefinition, FunctionDeclaration'(
        node: TSESTree.Node,
      ) {
        for (const { name, value } of namedValues(node)) {
          const size = isKeyName(name) ? sizeOf(value, source) : undefined
          if (size?.isRandom === true) reportKey(value, name, size.bytes)
        }
      },
    }
  },
})

/** The names under which `node` keeps values. */
function namedValues(node: TSESTree.Node): { name: string; value: TSESTree.Node }[] {
  const named = (name: string | undefined, value: TSESTree.Node | null) =>
    name === undefined || value === null ? [] : [{ name, value }]
  switch (node.type) {
    case AST_NODE_TYPES.VariableDeclarator: {
      const value = node.init
      return isFunction(value) && value.body.type !== AST_NODE_TYPES.BlockStatement
        ? named(lastName(node.id), value.body)
        : named(lastName(node.id), value)
    }
    case AST_NODE_TYPES.AssignmentExpression:
      return named(lastName(node.left), node.right)
    case AST_NODE_TYPES.Property:
    case AST_NODE_TYPES.PropertyDefinition:
      return named(keyOf(node), node.value)
    case AST_NODE_TYPES.FunctionDeclaration:
      return node.body.body.flatMap((statement) =>
        statement.type === AST_NODE_TYPES.ReturnStatement
          ? named(node.id?.name, statement.argument)
          : [],
      )
    default:
      return []
  }
}
