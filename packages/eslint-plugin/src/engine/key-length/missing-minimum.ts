import type {
  CallExpression,
  Node,
  ObjectExpression,
  Property,
  SourceCode,
} from '../syntax/nodes.ts'
import { constantText } from '../syntax/constants.ts'
import { pathOf } from '../syntax/paths.ts'
import { propertiesOf, unwrap } from '../syntax/syntax.ts'
import { declaredSecret } from './declared-names.ts'

/** A secret that is declared as text of any length. */
export interface MissingMinimum {
  readonly what: string
  /** Where a minimum could be asked for: behind this node, in a chain of calls. */
  readonly chain?: Node
}

/** Schemas of text without a length. */
const ANY_TEXT =
  /^(?:(?:zod(?:\/(?:v\d|mini))?(?:\.z)?|joi|@hapi\/joi|yup|valibot|envalid)\.(?:string|str)\(\)|(?:@sinclair\/typebox|typebox)\.Type\.String\(\))/

/** Words that make a demand on it. */
const ASKS =
  /\.(?:min|length|regex|pattern|matches|uuid|jwt|refine|superRefine|check|custom|test|pipe|valid)\(/

/** The secret under whose name `property` declares a text of any length. */
export function missingMinimum(property: Property, source: SourceCode): MissingMinimum | undefined {
  const schema = unwrap(property.value)
  const isAny =
    schema.type === 'CallExpression'
      ? isAnyText(schema, source)
      : schema.type === 'ObjectExpression' && isAnyJsonText(schema, source)
  const what = isAny ? declaredSecret(schema) : undefined
  if (what === undefined) return undefined
  const path = pathOf(schema, source) ?? ''
  return /^(?:zod|joi|@hapi\/joi|yup)\b/.test(path) ? { what, chain: firstCall(schema) } : { what }
}

function isAnyText(schema: CallExpression, source: SourceCode): boolean {
  const path = pathOf(schema, source) ?? ''
  if (!ANY_TEXT.test(path) || ASKS.test(path)) return false
  const [options] = schema.arguments
  return options?.type !== 'ObjectExpression' || !asksAnything(options)
}

function isAnyJsonText(schema: ObjectExpression, source: SourceCode): boolean {
  const type = propertiesOf(schema, 'type')[0]
  return constantText(type, source) === 'string' && !asksAnything(schema)
}

function asksAnything(options: ObjectExpression): boolean {
  return ['minLength', 'pattern', 'enum', 'const', 'choices', '$ref'].some(
    (key) => propertiesOf(options, key).length > 0,
  )
}

/** The first call of a chain: `z.string()` in `z.string().trim().optional()`. */
function firstCall(schema: Node): Node {
  if (schema.type !== 'CallExpression') return schema
  const callee = unwrap(schema.callee)
  if (callee.type !== 'MemberExpression') return schema
  const inner = unwrap(callee.object)
  return inner.type === 'CallExpression' ? firstCall(inner) : schema
}
