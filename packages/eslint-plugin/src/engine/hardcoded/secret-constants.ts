import type { TSESTree } from '@typescript-eslint/utils'
import { choicesOf } from '../graph/choices.ts'
import type { CallExpression, Node, SourceCode } from '../syntax/nodes.ts'
import { constantText } from '../syntax/constants.ts'
import type { LocalCode } from '../code/local-code.ts'
import { boundValues, type NamingNode } from '../code/bound-values.ts'
import { isHarmlessProperty, isSecretGiver, isSecretName, wordsOf } from '../naming/names.ts'
import { describe, lastName } from '../syntax/paths.ts'
import { keyOf, memberKey, unwrap } from '../syntax/syntax.ts'
import { isPassBesideUser } from '../taint/unnamed-sources.ts'
import { foldedText } from './folded-text.ts'
import { isComparedSecret, isSecretText } from './secret-text.ts'
import { isPlaceholder } from './placeholders.ts'

/** A constant that is a secret by what it is called. */
export interface SecretConstant {
  readonly node: Node
  readonly name: string
}

/** First words of functions that keep what they are given under the name that is the first, or give it in place of that. */
const PUTTING_VERBS: ReadonlySet<string> = new Set(
  'set append add put header define store option default get env getenv config'.split(' '),
)
const COMPARES = /^[!=]==?$/
/** Where a text is about a field of that name: `errors.password === 'required'`. */
const ABOUT_FIELDS = /error|valid|type|stat(?:e|us)|touched|strength|mode|message/i

/** The secrets that `node` gives a name. */
export function secretsNamedBy(
  node: NamingNode,
  code: LocalCode,
  source: SourceCode,
): SecretConstant[] {
  const isPass = node.type === 'Property' && isPassBesideUser(node)
  const isWanted = (name: string, isResult: boolean) =>
    isPass || isSecretName(name) || (isResult && isSecretGiver(name))
  return boundValues(node, code, isWanted).flatMap(({ name, value }) =>
    secretsIn(value, name, source),
  )
}

/** `password === 'x'` */
export function secretsComparedBy(
  { left, operator, right }: TSESTree.BinaryExpression,
  source: SourceCode,
): SecretConstant[] {
  if (!COMPARES.test(operator)) return []
  return [
    { named: left, node: right },
    { named: right, node: left },
  ].flatMap(({ named, node }) => {
    const name = comparedName(named)
    if (!isSecretName(name) || ABOUT_FIELDS.test(describe(named))) return []
    const text = foldedText(node, source)
    const isSecret =
      isSecretValue(node, name, source) || (text !== undefined && isComparedSecret(text, name))
    return isSecret ? [{ node, name }] : []
  })
}

/** The name of what is compared; an input has it, and not its value: `password.value === 'x'`. */
function comparedName(node: Node): string {
  const bare = unwrap(node)
  const isValue = bare.type === 'MemberExpression' && memberKey(bare) === 'value'
  return lastName(isValue ? bare.object : bare) ?? ''
}

/** `headers.set('x-api-key', 'x')`, `option('--token <token>', 'the token', 'x')` */
export function secretsPutBy(
  { callee, arguments: [key, ...given] }: CallExpression,
  source: SourceCode,
): SecretConstant[] {
  if (!PUTTING_VERBS.has(wordsOf(lastName(callee) ?? '')[0] ?? '')) return []
  const text = constantText(key, source) ?? ''
  const name = /--([\w-]+)/.exec(text)?.[1] ?? text
  if (!isSecretName(name)) return []
  return given.filter((node) => isSecretValue(node, name, source)).map((node) => ({ node, name }))
}

/** First words of methods that set the password of a user. */
const SETTING_VERBS: ReadonlySet<string> = new Set(
  'create add insert register set update change reset seed'.split(' '),
)

/** `users.setPassword(id, 'x')`, `users.createWithPassword('admin', 'x')` */
export function passwordsSetBy(
  { callee, arguments: given }: CallExpression,
  source: SourceCode,
): SecretConstant[] {
  const named = wordsOf(lastName(callee) ?? '')
  if (named.at(-1) !== 'password' || !SETTING_VERBS.has(named[0] ?? '')) return []
  return given
    .filter((node) => isSecretText(foldedText(node, source) ?? '', 'password'))
    .map((node) => ({ node, name: 'password' }))
}

/** The constants that `value`, which is called `name`, may be; of a list or table of secrets, those in it. */
function secretsIn(value: Node, name: string, source: SourceCode): SecretConstant[] {
  const bare = unwrap(value)
  // An assignment within gives the same constant another name, and is a naming node itself.
  const choices = bare.type === 'AssignmentExpression' ? undefined : choicesOf(bare)
  if (choices !== undefined) return choices.flatMap((each) => secretsIn(each, name, source))
  switch (bare.type) {
    case 'ArrayExpression':
      return bare.elements.flatMap((element) =>
        element === null ? [] : drawn(element, name, source),
      )
    case 'ObjectExpression':
      return bare.properties.flatMap((property) =>
        property.type === 'Property' && !isHarmlessProperty(keyOf(property) ?? '')
          ? drawn(property.value, name, source)
          : [],
      )
    case 'CallExpression': {
      const isDefault = lastName(bare.callee) === 'default'
      return (isDefault ? bare.arguments : [bare]).flatMap((part) => secretOf(part, name, source))
    }
    default:
      return secretOf(bare, name, source)
  }
}

function secretOf(node: Node, name: string, source: SourceCode): SecretConstant[] {
  return isSecretValue(node, name, source) ? [{ node, name }] : []
}

/** A list of passwords may be one of those that must not be chosen; only a random one is certainly a secret. */
function drawn(node: Node, name: string, source: SourceCode): SecretConstant[] {
  return isSecretText(foldedText(node, source) ?? '', 'secret') ? [{ node, name }] : []
}

function isSecretValue(node: Node, name: string, source: SourceCode): boolean {
  const text = foldedText(node, source)
  if (text === undefined) return false
  return wordsOf(name).at(-1) === 'authorization' ? hasCredentials(text) : isSecretText(text, name)
}

/** RFC 9110, section 11.4: the scheme, and one token68. */
const CREDENTIALS = /^\s*([A-Za-z][\w-]*)\s+([\w.~+/-]+=*)\s*$/
const SHOWN_PASSWORD = /^(?:pass(?:word|wd)?|pwd|secret)?$/i

/** Whether `text`, as an Authorization header, has credentials in it and not only a scheme, or a place for them. */
function hasCredentials(text: string): boolean {
  const [, scheme = '', token = ''] = CREDENTIALS.exec(text) ?? []
  if (token === '' || isPlaceholder(token)) return false
  if (scheme.toLowerCase() === 'basic') return hasPassword(token)
  return isSecretText(token, 'token') || (token.length >= 8 && !SHOWN_TOKEN.test(token))
}

/** Words for the place of a token. */
const SHOWN_TOKEN = /token|secret|jwt|key|test|credential|header|value|undefined|null/i

/** RFC 7617, section 2: `user:password` in base64. */
function hasPassword(token: string): boolean {
  const [, password = ''] = /^[^:]*:(.*)$/.exec(Buffer.from(token, 'base64').toString()) ?? []
  return !SHOWN_PASSWORD.test(password) && !isPlaceholder(password)
}
