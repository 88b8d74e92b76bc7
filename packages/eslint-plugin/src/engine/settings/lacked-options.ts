import type { Node, SourceCode, Variable } from '../syntax/nodes.ts'
import { codeOf } from '../code/code-of.ts'
import { ownerOfProperties, propertiesNamed, reachedFrom } from '../graph/walks.ts'
import { perFile } from '../per-file.ts'
import { keyOf } from '../syntax/syntax.ts'
import { hasUnknownAttributes, isNamed, textWithGaps } from './setting-names.ts'

/**
 * Whether all values of `nodes` that the file shows lack the option at `path`, or the attribute of a header that is called so.
 * Absent options lack it; what is not wholly known may have it.
 */
export function lacks(
  nodes: readonly (Node | undefined)[],
  path: string,
  source: SourceCode,
): boolean {
  const [name = '', ...rest] = path.split('.')
  return nodes.every((node) => {
    if (node === undefined) return true
    if (node.type === 'ArrayExpression') {
      const sessions = node.elements.filter((each) => each && isNamed([each], 'session', source))
      return sessions.some((each) => each !== null && lacks([each], path, source))
    }
    const text = textWithGaps(node, source)
    if (text !== undefined) return lacksAttribute(text, name)
    if (!isWhollyKnown(ownerOfProperties(node, codeOf(source)), source)) return false
    const values = propertiesNamed(node, name, codeOf(source)).map((each) => each.node)
    return values.length === 0 || (rest.length > 0 && lacks(values, rest.join('.'), source))
  })
}

/** Whether what `owner` may be is objects of this file, without anything that is not. */
const isWhollyKnown = perFile((owner: Variable | Node, source): boolean => {
  const seen = new Set<Node>()
  const left: Node[] = 'references' in owner ? owner.identifiers.slice(0, 1) : [owner]
  for (let each = left.pop(); each !== undefined; each = left.pop()) {
    if (seen.has(each)) continue
    seen.add(each)
    const { ends } = reachedFrom(each, codeOf(source))
    if (ends.length === 0) return false
    for (const end of ends) {
      if (end.type !== 'ObjectExpression') return false
      for (const property of end.properties) {
        if (property.type === 'SpreadElement') left.push(property.argument)
        else if (keyOf(property) === undefined) return false
      }
    }
  }
  return true
})

/** `name=value; Path=/` lacks `HttpOnly`; where attributes are not constant they may have it. */
function lacksAttribute(text: string, name: string): boolean {
  return !hasUnknownAttributes(text) && !new RegExp(`;\\s*${name}(?![\\w-])`, 'i').test(text)
}
