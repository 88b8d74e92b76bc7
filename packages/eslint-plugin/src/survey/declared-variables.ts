import type { SurveyedVariable } from '@rekey/rekey/internal/command'
import { constantText, constantValue } from '../engine/syntax/constants.ts'
import type { CallExpression, Node, ObjectExpression, SourceCode } from '../engine/syntax/nodes.ts'
import { lastName } from '../engine/syntax/paths.ts'
import { ancestorsOf, descend, keyOf, unwrap } from '../engine/syntax/syntax.ts'
import { visited } from '../engine/visits.ts'
import { needOf } from './optional-reads.ts'
import { environmentUses } from './read-variables.ts'

const VARIABLE = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/
/** Words of a schema by which a variable may be absent: those of zod, joi, envalid, env-var, valibot. */
const MAY_BE_ABSENT = /\b(?:optional|nullish|default|devDefault|catch|withDefault|prefault)\b/
/** Types of values that hold no secret: numbers, flags and choices. */
const PLAIN =
  /\b(?:true|false|bool\w*|stringbool|num(?:ber)?\w*|port|int(?:eger)?|nat|enum|duration)\b|^\d+/i
const IS_REQUIRED = /\brequired\s*\(/

/** The variables of schemas and of configuration services: envalid, zod, joi, t3-env, convict, @nestjs/config, env-var. */
export function declaredVariables(source: SourceCode): SurveyedVariable[] {
  return [...ofSchemas(source), ...ofConvict(source), ...ofServices(source)]
}

/** Schemas that stand beside the whole environment in one call: `cleanEnv(process.env, { … })`, `z.object({ … }).parse(process.env)`. */
function ofSchemas(source: SourceCode): SurveyedVariable[] {
  const calls = new Set<CallExpression>()
  for (const { kind, node } of environmentUses(source)) {
    if (kind !== 'environment') continue
    for (const each of ancestorsOf(node)) {
      if (each.type === 'CallExpression') calls.add(each)
      if (/Function|Declaration$|Statement$|^Program$/.test(each.type)) break
    }
  }
  for (const call of visited(source, 'CallExpression')) {
    if (/^(?:createEnv|validationSchema)$/.test(lastName(call.callee) ?? '')) calls.add(call)
  }
  const schemas = [...calls].flatMap(({ callee, arguments: given }) => [callee, ...given])
  // @nestjs/config: `ConfigModule.forRoot({ validationSchema: Joi.object({ … }) })`
  const validated = visited(source, 'Property')
    .filter((property) => keyOf(property) === 'validationSchema')
    .map(({ value }) => value as Node)
  const found = new Map<Node, SurveyedVariable>()
  for (const schema of [...schemas, ...validated]) {
    for (const object of objectsIn(schema, source)) {
      for (const variable of fieldsOf(object, source)) found.set(variable.node, variable.variable)
    }
  }
  return [...found.values()]
}

/** The objects in an expression, and in the constants that it names. */
function* objectsIn(node: Node, source: SourceCode): Generator<ObjectExpression> {
  for (const each of descend(constantValue(node, source), source.visitorKeys)) {
    if (each.type === 'ObjectExpression') yield each
    const value = each.type === 'Identifier' ? constantValue(each, source) : each
    if (value !== each && value !== node) yield* objectsOf(value, source)
  }
}

function* objectsOf(value: Node, source: SourceCode): Generator<ObjectExpression> {
  for (const each of descend(value, source.visitorKeys)) {
    if (each.type === 'ObjectExpression') yield each
  }
}

function fieldsOf(object: ObjectExpression, source: SourceCode) {
  return object.properties.flatMap((property) => {
    const name = property.type === 'Property' ? (keyOf(property) ?? '') : ''
    if (property.type !== 'Property' || !VARIABLE.test(name)) return []
    const value = unwrap(property.value)
    if (value.type !== 'CallExpression' && value.type !== 'MemberExpression') return []
    const text = source.getText(value)
    // Joi takes what is not required; the others need what is not optional.
    const isJoi = /^[Jj]oi\b/.test(text)
    const isOptional = isJoi ? !IS_REQUIRED.test(text) : MAY_BE_ABSENT.test(text)
    const { line } = property.loc.start
    const need = needBy(isOptional)
    const isPlain = PLAIN.test(text)
    return [
      {
        node: property,
        variable: { name, line, need, takenAs: [], isDeclared: true, ...(isPlain && { isPlain }) },
      },
    ]
  })
}

/** Parts beside the name of a variable where it is that of an option. */
const OPTION_PARTS = [
  'default',
  'format',
  'help',
  'doc',
  'description',
  'type',
  'action',
  'required',
]

/** `{ doc, format, default, env: 'NAME' }`, as in convict. */
function ofConvict(source: SourceCode): SurveyedVariable[] {
  return visited(source, 'ObjectExpression').flatMap((object) => {
    const properties = new Map(
      object.properties.flatMap((property) =>
        property.type === 'Property' ? [[keyOf(property) ?? '', property] as const] : [],
      ),
    )
    const named = properties.get('env')
    if (named === undefined || !OPTION_PARTS.some((part) => properties.has(part))) return []
    const name = constantText(named.value, source) ?? ''
    if (!VARIABLE.test(name)) return []
    const fallback = properties.get('default')?.value
    const isOptional =
      fallback === undefined
        ? !properties.has('required') && !properties.has('format')
        : source.getText(fallback) !== 'null'
    const isPlain = PLAIN.test(
      ['default', 'format', 'action', 'type']
        .map((part) => properties.get(part))
        .map((property) => (property === undefined ? '' : source.getText(property.value)))
        .join(' '),
    )
    return [
      {
        name,
        line: named.loc.start.line,
        need: needBy(isOptional),
        takenAs: [],
        isDeclared: true,
        ...(isPlain && { isPlain }),
      },
    ]
  })
}

const RECEIVERS = /config|env/i
const ASKS = /^(?:get|getOrThrow|require|required|getString|string|str|has)$/

/** `config.getOrThrow('NAME')`, `env.get('NAME').required()`, `env('NAME')` */
function ofServices(source: SourceCode): SurveyedVariable[] {
  return visited(source, 'CallExpression').flatMap((call) => {
    const callee = unwrap(call.callee)
    const [first, second] = call.arguments
    const name = constantText(first, source) ?? ''
    if (callee.type !== 'MemberExpression' || !VARIABLE.test(name)) return []
    const method = lastName(callee) ?? ''
    if (!ASKS.test(method) || !RECEIVERS.test(source.getText(callee.object))) return []
    // `process.env` and `Deno.env` are followed for themselves.
    if (/^(?:process|Deno)\b/.test(source.getText(callee.object))) return []
    const chain = outermost(call)
    const isRequired = /OrThrow|^require/.test(method) || IS_REQUIRED.test(source.getText(chain))
    const hasFallback = second !== undefined || MAY_BE_ABSENT.test(source.getText(chain))
    const shown = hasFallback ? 'optional' : needOf(call, source)
    const { line } = call.loc.start
    return [{ name, line, need: isRequired ? 'required' : shown, takenAs: [] } as const]
  })
}

function needBy(isOptional: boolean): 'optional' | 'required' {
  return isOptional ? 'optional' : 'required'
}

/** The whole of `get('NAME').required().asString()`. */
function outermost(node: Node): Node {
  const { parent } = node
  const goesOn =
    (parent?.type === 'MemberExpression' && parent.object === node) ||
    (parent?.type === 'CallExpression' && parent.callee === node)
  return goesOn ? outermost(parent) : node
}
