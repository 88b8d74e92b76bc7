import type {
  Identifier,
  MemberExpression,
  Node,
  ObjectExpression,
  Variable,
} from '../syntax/nodes.ts'
import { codeOf } from '../code/code-of.ts'
import { perFile } from '../per-file.ts'
import { classCodeOf, ownerOfThis } from '../code/class-code.ts'
import { callsOf } from '../code/callers.ts'
import { compositionOf } from '../code/composition.ts'
import type { LocalCode } from '../code/local-code.ts'
import { calledPath } from '../syntax/member-calls.ts'
import { variableOf } from '../syntax/constants.ts'
import { originsOf, parameterOf } from '../syntax/origins.ts'
import { EACH } from '../syntax/patterns.ts'
import { isClass, keyOf, memberKey, propertiesOf, unwrap } from '../syntax/syntax.ts'
import { modelsOf } from '../../models/models-of.ts'

/** A value that is put into another one, by the keys that lead to it. */
interface Put {
  readonly keys: readonly string[]
  readonly node: Node
}

/** Where a value may come from. */
interface Reached {
  /** The nodes at which the way back ends. */
  readonly ends: readonly Node[]
  /** Values put into it on the way: `options.password = 'x'`. */
  readonly puts: readonly Put[]
}

/** More than code of people needs; what a program wrote may come from everywhere. */
const MOST_STEPS = 500

/**
 * Follows `node`, or from the part of it behind `keys`, back through variables, properties, conditions, parameters with
 * their callers, fields of classes, results of functions, and calls that keep their first argument, to where the value is
 * written, or to the first node that is an end.
 */
export function reachedFrom(
  node: Node,
  keys: readonly string[],
  code: LocalCode,
  isEnd: (node: Node) => boolean = () => false,
): Reached {
  const ends: Node[] = []
  const puts: Put[] = []
  const seen = new Map<Node, Set<string>>()
  const left: Put[] = [{ node: unwrap(node), keys }]
  let steps = 0
  for (let each = left.pop(); each !== undefined && steps < MOST_STEPS; each = left.pop()) {
    steps += 1
    const ways = seen.get(each.node) ?? new Set()
    const way = each.keys.join('\n')
    if (ways.has(way)) continue
    seen.set(each.node, ways.add(way))
    const isOver = each.keys.length === 0 && isEnd(each.node)
    const next = isOver ? undefined : stepsFrom(each, code, puts)
    if (next === undefined && each.keys.length === 0) ends.push(each.node)
    // The last one is looked at first.
    for (const step of next?.toReversed() ?? []) left.push({ ...step, node: unwrap(step.node) })
  }
  return { ends, puts }
}

/** The next steps back; undefined at an end. */
function stepsFrom({ node, keys }: Put, code: LocalCode, puts: Put[]): Put[] | undefined {
  switch (node.type) {
    case 'Identifier':
      return ofVariable(node, keys, code, puts)
    case 'MemberExpression':
      return ofMember(node, keys, code)
    case 'ThisExpression': {
      const owner = ownerOfThis(node)
      return owner?.type === 'ObjectExpression' ? [{ node: owner, keys }] : undefined
    }
    case 'ObjectExpression': {
      const [key, ...rest] = keys
      if (key === undefined) return undefined
      const values = key === EACH ? valuesOf(node) : propertiesOf(node, key)
      const own = values.map((value) => ({ node: value, keys: rest }))
      const spread = node.properties.flatMap((each) =>
        each.type === 'SpreadElement' ? [{ node: each.argument, keys }] : [],
      )
      return [...own, ...spread]
    }
    case 'ArrayExpression': {
      const [key, ...rest] = keys
      if (key === undefined) return undefined
      const elements = key === EACH ? node.elements : [node.elements[Number(key)] ?? null]
      return elements.flatMap((each) => (each === null ? [] : [{ node: each, keys: rest }]))
    }
    case 'CallExpression':
    case 'NewExpression': {
      const path = calledPath(node, code.source)?.replace(/^new /, '') ?? ''
      const isSame = modelsOf(code.source).givenBy(path)?.kind === 'same'
      if (path === 'Object.assign') return node.arguments.map((each) => ({ node: each, keys }))
      if (isSame && node.arguments[0] !== undefined) return [{ node: node.arguments[0], keys }]
      return ofParts(node, keys, code)
    }
    default:
      return ofParts(node, keys, code)
  }
}

function valuesOf({ properties }: ObjectExpression): Node[] {
  return properties.flatMap((each) => (each.type === 'Property' ? [each.value] : []))
}

/** One of several, or the same in another form; parts that are put together have no single place. */
function ofParts(node: Node, keys: readonly string[], code: LocalCode): Put[] | undefined {
  const { how, parts = [] } = compositionOf(node, code) ?? {}
  if (how !== 'either' || parts.length === 0) return undefined
  return parts.map((part) => ({ node: part, keys }))
}

/** The origins of a variable: those of its whole value, and those of what is put into it, by the first key. */
const originsByKey = perFile((variable: Variable, source) => {
  const whole: Put[] = []
  const parts = new Map<string, Put[]>()
  for (const { node, keys, into, under = [] } of originsOf(variable, source)) {
    // A text that is added is a part of the whole.
    if (node.parent?.type === 'AssignmentExpression' && node.parent.operator === '+=') continue
    if (into === undefined) whole.push({ node, keys })
    else parts.set(into, [...(parts.get(into) ?? []), { node, keys: [into, ...under] }])
  }
  return { whole, parts }
})

function ofVariable(node: Identifier, keys: readonly string[], code: LocalCode, puts: Put[]) {
  const variable = variableOf(node, code.source)
  if (variable === undefined) return undefined
  const { whole, parts } = originsByKey(variable, code.source)
  const steps: Put[] = whole.map((each) => ({ node: each.node, keys: [...each.keys, ...keys] }))
  const [first] = keys
  if (first === undefined) for (const part of parts.values()) puts.push(...part)
  const wanted = first === undefined ? [] : [first, EACH].flatMap((key) => parts.get(key) ?? [])
  for (const put of wanted) {
    const isOnTheWay = put.keys.length <= keys.length
    if (!put.keys.every((key, at) => keys[at] === undefined || alike(key, keys[at]))) continue
    if (isOnTheWay) steps.push({ node: put.node, keys: keys.slice(put.keys.length) })
    else puts.push({ node: put.node, keys: put.keys.slice(keys.length) })
  }
  const parameter = parameterOf(variable)
  if (parameter !== undefined && !parameter.isRest) {
    for (const { arguments: given } of callsOf(parameter.owner, code)) {
      const value = given[parameter.index]
      if (value !== undefined) steps.push({ node: value, keys: [...parameter.keys, ...keys] })
    }
  }
  return steps.length > 0 ? steps : undefined
}

const alike = (one: string, other: string) => one === other || one === EACH

function ofMember(
  node: MemberExpression,
  keys: readonly string[],
  code: LocalCode,
): Put[] | undefined {
  const key = memberKey(node) ?? EACH
  const owner = ownerOf(node.object, code)
  if (owner?.type === 'TSEnumDeclaration') {
    const own = owner.body.members.filter(
      (each) => keyOf({ computed: false, key: each.id }) === key,
    )
    return own.flatMap(({ initializer }) => (initializer ? [{ node: initializer, keys }] : []))
  }
  if (!isClass(owner)) return [{ node: node.object, keys: [key, ...keys] }]
  const members = code.lineageOf(owner).flatMap((each) => code.membersOf(each, key))
  const put = classCodeOf(owner, code.source).puts.filter((each) => each.key === key)
  return [
    ...members.map((member) => ({ node: member, keys })),
    ...put.flatMap(({ origin }) =>
      origin.into === keys[0] ? [{ node: origin.node, keys: keys.slice(1) }] : [],
    ),
  ]
}

/** The class that `this` is an instance of, or the class or enum that an identifier names. */
function ownerOf(object: Node, { source }: LocalCode): Node | undefined {
  if (object.type === 'ThisExpression') return ownerOfThis(object)
  return object.type === 'Identifier' ? variableOf(object, source)?.defs[0]?.node : undefined
}

/** A property of an object, by the keys that lead to it. */
export interface NamedValue {
  readonly name: string
  readonly node: Node
}

/** The properties of the objects that `node` may be, and what is put into them; not those of objects in them. */
export function propertiesReached(node: Node, code: LocalCode): readonly NamedValue[] {
  const bare = unwrap(node)
  const variable = bare.type === 'Identifier' ? variableOf(bare, code.source) : undefined
  return propertiesOfOwner(variable ?? bare, code.source)
}

/** Every use of a variable has the properties of all that it may be, so that they are sought once. */
const propertiesOfOwner = perFile((owner: Variable | Node, source): readonly NamedValue[] => {
  const node = 'references' in owner ? owner.identifiers[0] : owner
  return node === undefined ? [] : propertiesIn(node, codeOf(source), new Set<Node>())
})

function propertiesIn(node: Node, code: LocalCode, seen: Set<Node>): NamedValue[] {
  const { ends, puts } = reachedFrom(node, [], code)
  const own = ends.flatMap((end): NamedValue[] => {
    if (end.type !== 'ObjectExpression' || seen.has(end)) return []
    seen.add(end)
    return end.properties.flatMap((each) =>
      each.type === 'Property'
        ? [{ name: keyOf(each) ?? '', node: each.value }]
        : propertiesIn(each.argument, code, seen),
    )
  })
  return [
    ...own,
    ...puts.map(({ keys, node: value }) => ({ name: keys.at(-1) ?? '', node: value })),
  ]
}
