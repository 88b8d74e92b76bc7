import { AST_NODE_TYPES, type TSESLint, type TSESTree } from '@typescript-eslint/utils'
import { constantText } from '../syntax/constants.ts'
import { pathOf } from '../syntax/paths.ts'
import { propertiesOf, unwrap } from '../syntax/syntax.ts'
import { declaredSecret } from './declared-names.ts'

/** A secret that is declared as text of any length. */
export interface MissingMinimum {
  readonly what: string
  /** Where a minimum could be asked for: behind this node, in a chain of calls. */
  readonly chain?: TSESTree.Node
}

/** Schemas of text without a length. */
const ANY_TEXT =
  /^(?:(?:zod(?:\/(?:v\d|mini))?(?:\.z)?|joi|@hapi\/joi|yup|valibot|envalid)\.(?:string|str)\(\)|(?:@sinclair\/typebox|typebox)\.Type\.String\(\))/

/** Words that make a demand on it. */
const ASKS =
  /\.(?:min|length|regex|pattern|matches|uuid|jwt|refine|superRefine|check|custom|test|pipe|valid)\(/

/** The secret under whose name `property` declares a text of any length. */
export function missingMinimum(
  property: TSESTree.Property,
  source: TSESLint.SourceCode,
): MissingMinimum | undefined {
  const schema = unwrap(property.value)
  const isAny =
    schema.type === AST_NODE_TYPES.CallExpression
      ? isAnyText(schema, source)
      : schema.type === AST_NODE_TYPES.ObjectExpression && isAnyJsonText(schema, source)
  const what = isAny ? declaredSecret(schema) : undefined
  if (what === undefined) return undefined
  const path = pathOf(schema, source) ?? ''
  return /^(?:zod|joi|@hapi\/joi|yup)\b/.test(path) ? { what, chain: firstCall(schema) } : { what }
}

function isAnyText(schema: TSESTree.CallExpression, source: TSESLint.SourceCode): boolean {
  const path = pathOf(schema, source) ?? ''
  if (!ANY_TEXT.test(path) || ASKS.test(path)) return false
  const [options] = schema.arguments
  return options?.type !== AST_NODE_TYPES.ObjectExpression || !asksAnything(options)
}

function isAnyJsonText(schema: TSESTree.ObjectExpression, source: TSESLint.SourceCode): boolean {
  const type = propertiesOf(schema, 'type')[0]
  return constantText(type, source) === 'string' && !asksAnything(schema)
}

function asksAnything(options: TSESTree.ObjectExpression): boolean {
  return ['minLength', 'pattern', 'enum', 'const', 'choices', '$ref'].some(
    (key) => propertiesOf(options, key).length > 0,
  )
}

/** The first call of a chain: `z.string()` in `z.string().trim().optional()`. */
function firstCall(schema: TSESTree.Node): TSESTree.Node {
  if (schema.type !== AST_NODE_TYPES.CallExpression) return schema
  const callee = unwrap(schema.callee)
  if (callee.type !== AST_NODE_TYPES.MemberExpression) return schema
  const inner = unwrap(callee.object)
  return inner.type === AST_NODE_TYPES.CallExpression ? firstCall(inner) : schema
}
