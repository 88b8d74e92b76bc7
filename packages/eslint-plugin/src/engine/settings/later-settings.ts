import type { TSESTree } from '@typescript-eslint/utils'
import type { Node, ObjectExpression, Property, SourceCode } from '../syntax/nodes.ts'
import { perFile } from '../per-file.ts'
import { groupBy } from '../../group-by.ts'
import { keyOf, memberKey } from '../syntax/syntax.ts'
import { visited } from '../visits.ts'
import type { WeakensRow } from '../../models/model-table.ts'
import { isWeak } from './weak-values.ts'

/** The name of an option that is written or assigned, and its value. */
export function optionAndValue(node: Property | TSESTree.AssignmentExpression) {
  if (node.type === 'Property') return [keyOf(node), node.value] as const
  const { left, right } = node
  return [left.type === 'MemberExpression' ? memberKey(left) : undefined, right] as const
}

/** Whether an option of that name stands beside `node`. */
export function hasBeside({ parent }: Node, name: string, source: SourceCode): boolean {
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
export function isReplaced({ parent }: Node, source: SourceCode): boolean {
  if (parent?.type !== 'Property' || parent.parent.type !== 'ObjectExpression') return false
  return objectFacts(parent.parent, source).lastSpread > parent.range[0]
}

/** The name of the option at a place, or an empty one for an argument. */
export const optionOf = (place: string) => /\.([^.]+)$/.exec(place)?.[1] ?? ''

/** The options of a row to which the file assigns something else somewhere: `options.cookie.secure = true`. */
export const strengthened = perFile((row: WeakensRow, source): ReadonlySet<string> => {
  const names = (row.at ?? []).map(optionOf)
  return new Set(
    names.filter((name) =>
      valuesAssigned('members', source)
        .get(name)
        ?.some((value) => !isWeak(value, row, source)),
    ),
  )
})
