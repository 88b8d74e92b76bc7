import type { TSESTree } from '@typescript-eslint/utils'
import type { Node, Property, SourceCode } from '../syntax/nodes.ts'
import { runBy, valuesAt } from '../graph/taken-values.ts'
import { calledPath } from '../syntax/member-calls.ts'
import { constantValue } from '../syntax/constants.ts'
import { describe, lastName } from '../syntax/paths.ts'
import { type CallNode, memberKey, unwrap } from '../syntax/syntax.ts'
import { perFile } from '../per-file.ts'
import type { WeakensRow, WeakKind } from '../../models/model-table.ts'
import { modelsOf } from '../../models/models-of.ts'
import { isChosen } from './chosen-settings.ts'
import { lacks } from './lacked-options.ts'
import { hasBeside, isReplaced, optionAndValue, optionOf, strengthened } from './later-settings.ts'
import { isNamed } from './setting-names.ts'
import { isOneOf, isWeak } from './weak-values.ts'

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
