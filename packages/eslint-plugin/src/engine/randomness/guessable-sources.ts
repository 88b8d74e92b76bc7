import type { Node, SourceCode } from '../syntax/nodes.ts'
import { constantValue, variableOf } from '../syntax/constants.ts'
import { BIASED_TEXT, biasOf } from './biased-bytes.ts'
import { calledPath } from '../syntax/member-calls.ts'
import { describe, pathOf } from '../syntax/paths.ts'
import { type CallNode, memberKey, unwrap } from '../syntax/syntax.ts'
import type { GivesRow } from '../../models/model-table.ts'
import { givenRow } from '../graph/given-row.ts'
import { modelsOf } from '../../models/models-of.ts'

/** Something that gives values which can be guessed. */
export interface GuessableSource {
  /** How messages call it. */
  readonly name: string
  /** Of `picked` values many are needed to make a secret; `deprecated` names promise no secure bytes; `biased` parts of a byte do not come equally often. */
  readonly kind: 'guessable' | 'picked' | 'deprecated' | 'biased'
}

const GUESSABLE: ReadonlySet<GivesRow['kind']> = new Set(['guessable', 'picked', 'deprecated'])

/**
 * The kind of `node`, if its value can be guessed. V8's `Math.random` is xorshift128+ (https://v8.dev/blog/math-random), whose
 * state follows from a few of its values; the documentation of the others excludes secrets, or they give what is public.
 */
export function guessableSource(node: Node, source: SourceCode): GuessableSource | undefined {
  const bias = biasOf(node, source)
  if (bias !== undefined) return { name: bias, kind: 'biased' }
  if (isCounter(node, source)) return { name: 'a counter', kind: 'guessable' }
  const path = sourcePath(node, source)
  const row = path === undefined ? undefined : modelsOf(source).givenBy(path)
  if (row === undefined || !GUESSABLE.has(row.kind)) return undefined
  return { name: row.name ?? describe(node), kind: row.kind as GuessableSource['kind'] }
}

/** Whether the result of the call `node` is unguessable. */
export function isSecureSource(node: Node, source: SourceCode): boolean {
  return node.type === 'CallExpression' && givenRow(node, source)?.kind === 'secure'
}

/** Words for secrets in a file that counts. */
const SECRETS = /token|secret|passw|session|key/i

/** Whether a file of that text could have what {@link guessableSource} knows. */
export function mayGuess(source: SourceCode): boolean {
  const { text } = source
  if (modelsOf(source).mayGuess(text) || BIASED_TEXT.test(text)) return true
  return text.includes('++') && SECRETS.test(text)
}

/** `count++`, of a variable that outlives the function that counts. */
function isCounter(node: Node, source: SourceCode): boolean {
  if (node.type !== 'UpdateExpression' || node.operator !== '++') return false
  if (node.argument.type !== 'Identifier') return false
  const variable = variableOf(node.argument, source)
  return variable?.scope.type === 'module' || variable?.scope.type === 'global'
}

/** The path of what `node` calls, constructs or reads. */
function sourcePath(node: Node, source: SourceCode): string | undefined {
  switch (node.type) {
    case 'NewExpression':
    case 'CallExpression':
      return isMadeOfGiven(node, source)
        ? undefined
        : calledPath(node, source)?.replace(/^new /, '')
    case 'MemberExpression':
      return memberKey(node) === 'pid' ? pathOf(node, source) : undefined
    default:
      return undefined
  }
}

/** `new Date(created)` and `new ObjectId(id)`, and their methods, which give the time and the id that they were given. */
function isMadeOfGiven(call: CallNode, source: SourceCode): boolean {
  const callee = unwrap(call.callee)
  const isMethod = callee.type === 'MemberExpression'
  const made = isMethod ? constantValue(callee.object, source) : call
  return (
    made.type === 'NewExpression' &&
    made.arguments.length > 0 &&
    /^Date$|\bObjectId$/i.test(pathOf(made.callee, source) ?? '')
  )
}
