import type { Node, SourceCode } from '../syntax/nodes.ts'
import { perFile } from '../per-file.ts'
import { ancestorsOf, isFunction } from '../syntax/syntax.ts'

/** Words of a test by which an operator, or a run that is none of production, asks for the weak setting. */
const CHOICE =
  /insecure|self.?signed|skip|verif|reject|unauthori[sz]ed|strict|unsafe|ignore|trust|validat|allow|legacy|check|\bdev\b|develop|\btest|local|debug|mock|plain/i

/** Whether `node` stands behind a test that asks for just that: `if (options.insecure) agent.rejectUnauthorized = false`. */
export function isChosen(node: Node, source: SourceCode): boolean {
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
