import type { Node, SourceCode } from '../syntax/nodes.ts'
import { codeOf } from '../code/code-of.ts'
import { propertiesReached, reachedFrom } from '../graph/walks.ts'
import { takenBy, type TakenValue } from '../graph/taken-values.ts'
import { isSecretName, wordsOf } from '../naming/names.ts'
import { perFile } from '../per-file.ts'
import { describe, lastName } from '../syntax/paths.ts'
import { type CallNode, memberKey } from '../syntax/syntax.ts'
import { modelsOf } from '../../models/models-of.ts'
import { constantValue } from '../syntax/constants.ts'
import { foldedText } from './folded-text.ts'
import { isFilledIn, isPlaceholder } from './placeholders.ts'
import { anyPasswordInUrl } from './text-secrets.ts'

/** Words that mark what looks like a key as none: what is hashed with it is the secret. */
const LABEL_WORDS: ReadonlySet<string> = new Set(
  'salt domain label info context separator namespace tag personalization vector vectors'.split(
    ' ',
  ),
)
/** `acme/audit-log/v1`, `key-derivation` */
const LABEL = /^[\w.-]+(?:[/:][\w.-]+)+$|-v\d+$|deriv|compar|domain|context|namespace/i

/** A function that is called with more constants than these keeps apart what it is called for: they are labels, and no keys. */
const MOST_KEYS = 2

type Judge = (text: string) => boolean

const isCredential: Judge = (text) => text !== '' && !isPlaceholder(text)
/** Any constant is a publicly known key. */
const isKey: Judge = (text) => text !== '' && !isFilledIn(text)

/** Which constants are a secret there; salts and sizes are none. */
const JUDGES: ReadonlyMap<string, Judge> = new Map([
  ['password', isCredential],
  ['token', isCredential],
  ['passphrase', isCredential],
  ['users', isCredential],
  ['key', isKey],
  ['login', (text) => isCredential(/:(.*)$/s.exec(text)?.[1] ?? '')],
  ['url', (text) => anyPasswordInUrl(text) !== undefined],
])

/** The constants that `call` is given as a secret. */
export function secretsGivenTo(call: CallNode, source: SourceCode): Node[] {
  const isDigested = isOfSecret(call)
  return takenBy(call, source).flatMap((taken) => {
    const judge = JUDGES.get(taken.kind)
    if (judge === undefined || (isDigested && taken.kind === 'key')) return []
    const isLabelled = taken.path === 'crypto.createHmac'
    const constants = constantsIn(taken, source)
    const texts = new Set(constants.map((node) => foldedText(node, source)))
    if (isLabelled && texts.size > MOST_KEYS) return []
    return constants.filter((node) => {
      const text = foldedText(node, source) ?? ''
      if (isLabelled && (LABEL.test(text) || isCalledLabel(taken.node))) return false
      return judge(text) && !modelsOf(source).isPublicKey(text)
    })
  })
}

/** The constants that a taken value may be, or that are in the list or table that it is. */
function constantsIn({ node, kind }: TakenValue, source: SourceCode): readonly Node[] {
  if (kind !== 'users') return constantsReached(node, source)
  return propertiesReached(node, codeOf(source)).flatMap((each) =>
    constantsReached(each.node, source),
  )
}

/** The texts that `node` may be, also those in an array, by the way of {@link reachedFrom}. */
const constantsReached = perFile((node: Node, source): readonly Node[] => {
  const isEnd = (each: Node) => {
    const isName = NAMES.has(each.type) && constantValue(each, source) !== each
    return !isName && each.type !== 'MemberExpression' && isConstant(each, source)
  }
  return reachedFrom(node, codeOf(source), isEnd).ends.flatMap((end) => {
    const parts = end.type === 'ArrayExpression' ? end.elements : [end]
    const constants = parts.filter((part) => part !== null && isConstant(part, source)) as Node[]
    // The head of a format before the bytes of a key is none: Buffer.concat([PKCS8_PREFIX, seed]).
    const { parent } = end
    const isJoined = parent?.type === 'CallExpression' && lastName(parent.callee) === 'concat'
    return isJoined && constants.length < parts.length ? [] : constants
  })
})

/** Names of a constant, which is reported where it is written. */
const NAMES: ReadonlySet<string> = new Set(['Identifier', 'MemberExpression'])

const isConstant = (node: Node, source: SourceCode) => foldedText(node, source) !== undefined

/** Whether a keyed hash is one of a secret, so that its key is no more than a label: `createHmac('sha256', 'x').update(secret)`. */
function isOfSecret({ parent }: CallNode): boolean {
  if (parent.type !== 'MemberExpression' || memberKey(parent) !== 'update') return false
  const [hashed] = parent.parent.type === 'CallExpression' ? parent.parent.arguments : []
  return hashed !== undefined && isSecretName(lastName(hashed) ?? '')
}

function isCalledLabel(node: Node): boolean {
  return wordsOf(describe(node)).some((word) => LABEL_WORDS.has(word))
}
