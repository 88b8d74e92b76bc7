import type { ShowsRow } from '../../models/shows.ts'
import { perFile } from '../per-file.ts'
import { constantValue } from '../syntax/constants.ts'
import type { Node } from '../syntax/nodes.ts'
import { lastName } from '../syntax/paths.ts'
import { isFunction, keyOf, propertiesOf } from '../syntax/syntax.ts'
import type { SinkContext } from './sink.ts'

type Given = readonly Node[]

/** `0`, `1+`, `0.password`, `*.args`, `0.*`, `0?`, `0.url?` */
const PLACE = /^(\d+|\*)(\+?)(?:\.([^?]+))?(\??)$/

/** The values of `given` that leave. Where the row names options, an object of options is none of the arguments that leave. */
export function valuesLeaving(
  given: Given,
  { at, but = [] }: ShowsRow,
  context: SinkContext,
): Given {
  const takesOptions = at?.some((place) => place.includes('.')) === true
  return (at ?? ['*']).flatMap((place) => {
    const [, index, more, option, query] = PLACE.exec(place) ?? []
    const from = index === '*' ? 0 : Number(index)
    const taken = given.slice(from, index === '*' || more === '+' ? undefined : from + 1)
    const values =
      option === undefined ? taken : taken.flatMap((each) => optionsIn(each, option, but, context))
    if (query === '?') return values.flatMap((each) => queryOf(each, context))
    const isWhole = option === undefined && takesOptions
    return isWhole ? values.filter((each) => !isOptions(each, context)) : values
  })
}

/** A question mark, or the name of a further parameter of a URL. */
const IN_QUERY = /\?|&[\w.~%[\]-]+=$/

/** The parts of the URL that `node` makes which are behind its question mark. */
function queryOf(node: Node, { source }: SinkContext): Given {
  const parts = urlParts(constantValue(node, source), source)
  const start = parts.findIndex((part) => typeof part === 'string' && IN_QUERY.test(part))
  return start < 0 ? [] : parts.slice(start).filter((part) => typeof part !== 'string')
}

type Part = string | Node

/** Texts and values of which a URL is put together, in their order; those of a constant that comes again are where it came first. */
const urlParts = perFile((url: Node, source): readonly Part[] => {
  const parts: Part[] = []
  const seen = new Set<Node>()
  const left: Part[] = [url]
  for (let each = left.pop(); each !== undefined; each = left.pop()) {
    const value = typeof each === 'string' ? undefined : constantValue(each, source)
    const made = value === undefined || seen.has(value) ? undefined : madeOf(value)
    if (value !== undefined) seen.add(value)
    if (made === undefined) parts.push(each)
    for (const part of made?.toReversed() ?? []) left.push(part)
  }
  return parts
})

/** The parts that are written in `value`; a `URL` is of its first argument. */
function madeOf(value: Node): readonly Part[] | undefined {
  switch (value.type) {
    case 'Literal':
      return [String(value.value)]
    case 'TemplateLiteral':
      return value.quasis.flatMap(({ value: { raw } }, index) => [
        raw,
        ...value.expressions.slice(index, index + 1),
      ])
    case 'BinaryExpression':
      return value.operator === '+' ? [value.left, value.right] : undefined
    case 'NewExpression':
      return lastName(value.callee) === 'URL' ? value.arguments.slice(0, 1) : undefined
    default:
      return undefined
  }
}

/** The values of `option`, or of every one but `but`, in the object that `node` is or is a constant for; of functions, their results. */
function optionsIn(
  node: Node,
  option: string,
  but: readonly string[],
  context: SinkContext,
): Given {
  const object = constantValue(node, context.source)
  if (object.type !== 'ObjectExpression') return []
  if (option !== '*') {
    return propertiesOf(object, option).flatMap((value) =>
      isFunction(value) ? context.code.returnsOf(value) : [value],
    )
  }
  return object.properties.flatMap((property) => {
    if (property.type === 'SpreadElement') return [property.argument]
    return but.includes(keyOf(property) ?? '') ? [] : [property.value]
  })
}

function isOptions(node: Node, { source, types }: SinkContext): boolean {
  const value = constantValue(node, source)
  if (value.type === 'ObjectExpression' || isFunction(value)) return true
  if (value.type === 'ArrayExpression' || types === undefined) return false
  return !types.isAny(node) && !types.has(node, ['concat'])
}
