import type { TSESTree } from '@typescript-eslint/utils'
import type { Node, ObjectExpression, Property, SourceCode } from '../syntax/nodes.ts'
import { runBy, valuesAt } from '../graph/taken-values.ts'
import { calledPath } from '../syntax/member-calls.ts'
import { constantValue } from '../syntax/constants.ts'
import { describe, lastName } from '../syntax/paths.ts'
import {
  ancestorsOf,
  type CallNode,
  isFunction,
  keyOf,
  memberKey,
  unwrap,
} from '../syntax/syntax.ts'
import { perFile } from '../per-file.ts'
import type { WeakensRow, WeakKind } from '../../models/model-table.ts'
import { modelsOf } from '../../models/models-of.ts'
import { lacks } from './lacked-options.ts'
import { isNamed } from './setting-names.ts'
import { isOneOf, isWeak } from './weak-values.ts'
import { groupBy } from '../../group-by.ts'
import { visited } from '../visits.ts'

/** A setting that takes a protection away, by a row of the models. */
export interface WeakSetting {
  readonly node: Node
  readonly kind: WeakKind
  /** How messages call it: `algorithms of jwt.verify`. */
  readonly what: string
  /** The remedy, as a sentence. */
  readonly use: string
}

/** The weak settings of a call. */
export function weakSettingsOf(call: CallNode, source: SourceCode): WeakSetting[] {
  const models = modelsOf(source)
  const { given, paths } = runsOf(call, source)
  const rows = new Set(paths.flatMap((path) => models.weakenedBy(path)))
  const found = [...rows].flatMap((row) => {
    const { kind, use, at = [] } = row
    if (!isMeant(row, call, given, source)) return []
    const name = nameOf(call, source)
    if (row.at === undefined) return [{ node: call, kind, use, what: name }]
    return at.flatMap((place) => {
      const what = [...place.split('.').slice(1).toReversed(), name].join(' of ')
      return weakAt(place, row, call, given, source).map((node) => ({ node, kind, use, what }))
    })
  })
  return found.filter(({ node }) => !isChosen(node, source))
}

/** The name of a function in messages: as it is written, or its path if what is called is a result. */
function nameOf(call: CallNode, source: SourceCode): string {
  const written = describe(call.callee)
  return written.endsWith('()') ? (calledPath(call, source) ?? written) : written
}

/** The weak value that is put under the name of an option which means the same everywhere. */
export function weakOption(
  node: Property | TSESTree.AssignmentExpression,
  source: SourceCode,
): WeakSetting[] {
  const [name, value] = optionAndValue(node)
  const rows = modelsOf(source).weakOptions.get(name ?? '') ?? []
  return rows.flatMap((row) => {
    const { unless = [], kind, use } = row
    const isOther = unless.some((other) => hasBeside(node, other, source))
    if (isOther || isReplaced(value, source) || !isWeakHere(value, row, source)) return []
    return isChosen(node, source) ? [] : [{ node: value, kind, use, what: name ?? '' }]
  })
}

function isWeakHere(value: Node, { is, lacks: lacked, named }: WeakensRow, source: SourceCode) {
  const kind = named?.['0']
  if (kind !== undefined && !isNamed([value], kind, source)) return false
  return is ? isOneOf(value, is, source) : lacked !== undefined && lacks([value], lacked, source)
}

/** The paths of the function that `call` runs, and what it is given; `$.cookie` and `$.cookies.set` where the object came in without a name. */
function runsOf(call: CallNode, source: SourceCode) {
  const { path: known, given = call.arguments } = runBy(call, source) ?? {}
  const callee = unwrap(call.callee)
  if (callee.type !== 'MemberExpression')
    return { given, paths: known === undefined ? [] : [known] }
  const method = memberKey(callee) ?? ''
  const isLocal = /^\$(?!\.)/.test(calledPath(call, source) ?? '')
  const local = [`$.${method}`, `$.${lastName(callee.object) ?? ''}.${method}`]
  return { given, paths: [...(known === undefined ? [] : [known]), ...(isLocal ? local : [])] }
}

function isMeant(
  { when = {}, named = {}, unlessMentioned }: WeakensRow,
  call: CallNode,
  given: readonly Node[],
  source: SourceCode,
): boolean {
  const whenAll = Object.entries(when).every(([place, texts]) =>
    placed(place, call, given, source).some((node) => isOneOf(node, texts, source)),
  )
  if (!whenAll || (unlessMentioned && isMentioned(unlessMentioned, source))) return false
  return Object.entries(named).every(([places, kind]) => {
    const nodes = places.split('|').flatMap((place) => placed(place, call, given, source))
    return isNamed(nodes, kind, source)
  })
}

const isMentioned = perFile((words: readonly string[], { text }) =>
  new RegExp(words.join('|'), 'i').test(text),
)

const MADE = 'made.'

function placed(place: string, call: CallNode, given: readonly Node[], source: SourceCode): Node[] {
  const isMaker = place.startsWith(MADE)
  const at = isMaker ? place.slice(MADE.length) : place
  const those = isMaker ? makerOf(call, source)?.arguments : given
  return valuesAt(at, those ?? [], source).map(({ node }) => node)
}

/** The call that made the object of a method, before all methods that give it back: `createHash('md5')`. */
function makerOf(call: CallNode, source: SourceCode): CallNode | undefined {
  const callee = unwrap(call.callee)
  if (callee.type !== 'MemberExpression') return undefined
  const made = constantValue(callee.object, source)
  if (made.type !== 'CallExpression' && made.type !== 'NewExpression') return undefined
  return calledPath(made, source)?.includes('()') === true ? makerOf(made, source) : made
}

/** The values at a place that are weak: all that may be there are, since one of them may be for tests. The call itself where an option is missing. */
function weakAt(
  place: string,
  row: WeakensRow,
  call: CallNode,
  given: readonly Node[],
  source: SourceCode,
): Node[] {
  if (row.lacks !== undefined) return isLacking(place, row.lacks, given, source) ? [call] : []
  const values = valuesAt(place, given, source).map(({ node }) => node)
  const isAllWeak = values.every((node) => isWeak(node, row, source) && !isReplaced(node, source))
  const name = optionOf(place)
  return isAllWeak && !strengthened(row, source).has(name) ? values.slice(0, 1) : []
}

function isLacking(place: string, lacked: string, given: readonly Node[], source: SourceCode) {
  const [index = '', ...names] = place.split('.')
  const before = given.slice(0, Number(index) + 1)
  if (before.some(({ type }) => type === 'SpreadElement')) return false
  return lacks([given[Number(index)]], [...names, lacked].join('.'), source)
}

/** Words of a test by which an operator, or a run that is none of production, asks for the weak setting. */
const CHOICE =
  /insecure|self.?signed|skip|verif|reject|unauthori[sz]ed|strict|unsafe|ignore|trust|validat|allow|legacy|check|\bdev\b|develop|\btest|local|debug|mock|plain/i

/** Whether `node` stands behind a test that asks for just that: `if (options.insecure) agent.rejectUnauthorized = false`. */
function isChosen(node: Node, source: SourceCode): boolean {
  let inner = node
  for (const around of ancestorsOf(node)) {
    if (isFunction(around)) return false
    const test = testOf(around, inner)
    const asked = test && askedBy(test, source)
    if (asked === 'weak' || asked === (isElse(around, inner) ? 'strong' : 'other')) return true
    inner = around
  }
  return false
}

/** Whether a test asks for the weak setting, for production (`strong`), or for anything `other` than production. */
const askedBy = perFile((test: Node, source): 'weak' | 'strong' | 'other' | undefined => {
  const text = source.getText(test)
  if (/prod/i.test(text)) return text.includes('!') ? 'other' : 'strong'
  return CHOICE.test(text) ? 'weak' : undefined
})

function testOf(around: Node, inner: Node): Node | undefined {
  switch (around.type) {
    case 'IfStatement':
    case 'ConditionalExpression':
      return around.test === inner ? undefined : around.test
    case 'LogicalExpression':
      return around.operator === '&&' && around.right === inner ? around.left : undefined
    default:
      return undefined
  }
}

function isElse(around: Node, inner: Node): boolean {
  return 'alternate' in around && around.alternate === inner
}

/** The name of an option that is written or assigned, and its value. */
function optionAndValue(node: Property | TSESTree.AssignmentExpression) {
  if (node.type === 'Property') return [keyOf(node), node.value] as const
  const { left, right } = node
  return [left.type === 'MemberExpression' ? memberKey(left) : undefined, right] as const
}

/** Whether an option of that name stands beside `node`. */
function hasBeside({ parent }: Node, name: string, source: SourceCode): boolean {
  return parent?.type === 'ObjectExpression' && objectFacts(parent, source).names.has(name)
}

/** The values that the file assigns to members, by their names. */
const valuesAssigned = perFile((_question: 'members', source) => {
  const assigned = visited(source, 'AssignmentExpression').flatMap((node) => {
    const [name, value] = optionAndValue(node)
    return name === undefined ? [] : [{ name, value }]
  })
  const groups = groupBy(assigned, ({ name }) => name)
  return new Map([...groups].map(([name, all]) => [name, all.map(({ value }) => value)]))
})

/** The names of the properties of an object, and where its last spread begins. */
const objectFacts = perFile(({ properties }: ObjectExpression) => ({
  names: new Set(properties.map((each) => (each.type === 'Property' ? keyOf(each) : undefined))),
  lastSpread: properties.findLast(({ type }) => type === 'SpreadElement')?.range[0] ?? -1,
}))

/** Whether the options that come after that of `value` may have another one of its name. */
function isReplaced({ parent }: Node, source: SourceCode): boolean {
  if (parent?.type !== 'Property' || parent.parent.type !== 'ObjectExpression') return false
  return objectFacts(parent.parent, source).lastSpread > parent.range[0]
}

/** The name of the option at a place, or an empty one for an argument. */
const optionOf = (place: string) => /\.([^.]+)$/.exec(place)?.[1] ?? ''

/** The options of a row to which the file assigns something else somewhere: `options.cookie.secure = true`. */
const strengthened = perFile((row: WeakensRow, source): ReadonlySet<string> => {
  const names = (row.at ?? []).map(optionOf)
  return new Set(
    names.filter((name) =>
      valuesAssigned('members', source)
        .get(name)
        ?.some((value) => !isWeak(value, row, source)),
    ),
  )
})
