import type { Node, SourceCode } from '../syntax/nodes.ts'
import { codeOf } from '../code/code-of.ts'
import { stepsFrom } from '../graph/steps.ts'
import { perFile } from '../per-file.ts'
import { isSecretName, perName, words, wordsOf } from '../naming/names.ts'
import { constantText, constantValue } from '../syntax/constants.ts'
import { lastName } from '../syntax/paths.ts'
import { unwrap } from '../syntax/syntax.ts'

/** Stands in a text for a part that is not constant. */
const GAP = '\0'

/** Last words of names of cookies by which a login goes on. */
const SESSION_WORDS = words('session sessionid sess sid ssid jwt auth token credentials')

/** Words of what scripts of the page have to read, to send it back, and of values that are public. */
const READABLE_WORDS = words('csrf xsrf csrftoken public')

const PASSWORD_WORDS = words('password passwords passwd pwd')

/** Values of a cookie that is deleted. */
const DELETED: ReadonlySet<string> = new Set(['', 'deleted', 'null'])

/** Whether one of `nodes` is a password of a person, or one is what a login goes on by, and none is a value for scripts or of a deleted cookie. */
export function isNamed(
  nodes: readonly Node[],
  kind: 'password' | 'session',
  source: SourceCode,
): boolean {
  const names = nodes.flatMap((node) => [
    ...(kind === 'session' ? cookieNames(node, source) : []),
    ...namesOf(node, source),
  ])
  if (kind === 'password') return names.some(isPasswordName)
  if (nodes.some((node) => isDeleted(node, source))) return false
  return names.some(isSessionName) && !names.some(isReadable)
}

const isPasswordName = perName((name) => PASSWORD_WORDS.has(wordsOf(name).at(-1) ?? ''))

const isSessionName = perName((name) => {
  const last = wordsOf(name).slice(-2)
  return (
    isSecretName(name) || [last.at(-1) ?? '', last.join('')].some((each) => SESSION_WORDS.has(each))
  )
})

const isReadable = perName((name) => wordsOf(name).some((word) => READABLE_WORDS.has(word)))

function isDeleted(node: Node, source: SourceCode): boolean {
  const value = constantValue(node, source)
  if (value.type === 'Literal' && value.value === null) return true
  const text = textWithGaps(node, source)
  return text !== undefined && (DELETED.has(text) || /^[^=;]+=(?:;|$)/.test(text))
}

/** The constant names of cookies in `node`: the whole text, or what is before the value; of a list those of each. */
function cookieNames(node: Node, source: SourceCode): string[] {
  const value = constantValue(node, source)
  const all = value.type === 'ArrayExpression' ? value.elements : [value]
  return all.flatMap((each) => {
    const [name = ''] = (each && textWithGaps(each, source))?.split('=', 1) ?? []
    return /^[\w.-]+$/.test(name) ? [name] : []
  })
}

/** The names of what `node` is made of. */
function namesOf(node: Node, source: SourceCode): string[] {
  const seen = new Set<Node>()
  const left = [node]
  const names: string[] = []
  for (let each = left.pop(); each !== undefined; each = left.pop()) {
    const bare = unwrap(each)
    if (seen.has(bare)) continue
    seen.add(bare)
    if (bare.type === 'Identifier' || bare.type === 'MemberExpression') {
      names.push(lastName(bare) ?? '')
      continue
    }
    const isEncoding = bare.type === 'CallExpression' && lastName(bare.callee) === 'encode'
    const steps = isEncoding ? [] : (stepsFrom({ node: bare, keys: [] }, codeOf(source)) ?? [])
    left.push(...(isEncoding ? bare.arguments : steps.map((step) => step.node)))
  }
  return names
}

/** The text of a literal, a template or a concatenation, with a gap for each part that is not constant; undefined if it is none of them. */
export function textWithGaps(node: Node, source: SourceCode): string | undefined {
  return textOf(constantValue(node, source), source)
}

const textOf = perFile((root: Node, source): string | undefined => {
  const parts: string[] = []
  const left: (Node | string)[] = [root]
  let isText = false
  for (let each = left.pop(); each !== undefined; each = left.pop()) {
    const part = typeof each === 'string' ? each : unwrap(each)
    if (typeof part === 'string') parts.push(part)
    else if (part.type === 'BinaryExpression' && part.operator === '+') {
      left.push(part.right, part.left)
    } else if (part.type === 'TemplateLiteral') {
      const { quasis, expressions } = part
      const pieces = quasis.flatMap(({ value }, at) => [value.cooked ?? '', expressions[at] ?? ''])
      for (const piece of pieces.toReversed()) left.push(piece)
      isText = true
    } else {
      const text = constantText(part, source)
      isText ||= text !== undefined
      parts.push(text ?? GAP)
    }
  }
  return isText ? parts.join('') : undefined
})

/** Whether the attributes behind the value of a cookie, `name=value; Path=/`, may be there without showing. */
export function hasUnknownAttributes(text: string): boolean {
  return /\0\0|;\s*\0|^\0/.test(text)
}
