import { TSESLint } from '@typescript-eslint/utils'
import type { Identifier, Node, SourceCode } from '../syntax/nodes.ts'
import { choicesOf } from '../graph/choices.ts'
import { constantText, variableOf } from '../syntax/constants.ts'
import { isSecretName, wordsOf } from '../naming/names.ts'
import { describe, lastName } from '../syntax/paths.ts'
import { isRandomLooking } from '../hardcoded/random-text.ts'
import { ancestorsOf, isFunction, keyOf, unwrap } from '../syntax/syntax.ts'
import { isUrlName, type Named } from './secret-read.ts'

/** The fault of a fallback. */
export type FallbackKind = 'fallback' | 'emptyFallback'

/** Functions that give what they are given first, in another form. */
const CONVERSIONS = new Set<string>(['from', 'of', 'encode', 'String', 'createSecretKey'])
/** Words of what holds default values. */
const DEFAULT_WORDS: ReadonlySet<string> = new Set(['default', 'defaults', 'fallback', 'fallbacks'])

/** `***`, `[redacted]`, `none`: what is shown in place of a secret, or where there is none. */
const MASKED = /^(?:[\s•●*·.#_–—-]+|x{3,}|\[.*\]|<.*>|\(.*\)|\{.*\})$/i
const ABSENT =
  /^(?:none|n\/?a|null|undefined|un(?:set|known)|not[ _-]?(?:set|found|configured|available|given)|missing|empty|hidden|redacted|anonymous|disabled)$/i
/** Asks for a secret. */
const HINT = /^(?:enter|insert|type|paste|add|provide|set|put|fill|choose|please|your)\s/i
/** A setting that is switched, the type of a setting, or the name of a header: no secret. */
const NO_SECRET =
  /^(?:true|false|yes|no|on|off|[01]|string|number|boolean|object|x-[a-z]+(?:-[a-z]+)*)$/i
/** Text for people: it begins like a sentence, ends like one, or is as long as one. */
const SENTENCE = /^\p{Lu}\S*\s|\s.*[.!?:]$|(?:\S+\s+){3}\S/u
/** `app/database`: where a secret lies. */
const WAY = /^[\w.-]+(?:\/[\w.-]+)+$/
/** A URL with a password in it (RFC 3986, section 3.2.1). */
const PASSWORD_IN_URL = /^[a-z][a-z\d+.-]*:\/\/[^\s/:@]*:[^\s/@]+@/i

/** Names that mean something else as often: the tokens of a parser, the bearer of news. */
const AMBIGUOUS = /^(?:token|bearer|credential|authorization|pw|otp)$/i
const SHOWN_AS: ReadonlySet<string> = new Set([
  'label',
  'text',
  'title',
  'message',
  'placeholder',
  'description',
])

/** The expressions that `node` may be, and that stand in the code as they are. */
export function* constantsIn(node: Node, source: SourceCode): Generator<Node> {
  const bare = unwrap(node)
  const choices = choicesOf(bare)
  if (choices !== undefined) {
    for (const each of choices) yield* constantsIn(each, source)
  } else if (bare.type === 'CallExpression') {
    const isConversion = CONVERSIONS.has(lastName(bare.callee) ?? '')
    if (isConversion && bare.arguments[0]) yield* constantsIn(bare.arguments[0], source)
  } else if (isFunction(bare)) {
    yield* constantsIn(bare.body, source)
  } else if (constantText(bare, source) !== undefined || isDefaultElsewhere(bare, source)) {
    yield bare
  }
}

/** `DEFAULT_PASSWORD` or `defaults.password` of another file, which is one by its name. */
function isDefaultElsewhere(node: Node, source: SourceCode): boolean {
  const root = rootOf(node)
  const definition = root === undefined ? undefined : variableOf(root, source)?.defs[0]
  if (definition?.type !== TSESLint.Scope.DefinitionType.ImportBinding) return false
  return (
    isSecretName(lastName(node) ?? '') &&
    wordsOf(describe(node)).some((word) => DEFAULT_WORDS.has(word))
  )
}

function rootOf(node: Node): Identifier | undefined {
  const bare = unwrap(node)
  if (bare.type === 'MemberExpression') return rootOf(bare.object)
  return bare.type === 'Identifier' ? bare : undefined
}

/** The fault, if `value` stands in for the secret `named`. */
export function judgeFallback(
  value: Node,
  { name, isConfiguration }: Named,
  source: SourceCode,
): FallbackKind | undefined {
  const text = constantText(value, source)
  if (text === undefined) return 'fallback'
  if (text === '') return isConfiguration ? 'emptyFallback' : undefined
  if (NO_SECRET.test(text) || HINT.test(text)) return undefined
  if (isUrlName(name)) {
    return PASSWORD_IN_URL.test(text) ? 'fallback' : undefined
  }
  if (isConfiguration) {
    return (MASKED.test(text) || ABSENT.test(text)) && isShown(value) ? undefined : 'fallback'
  }
  const isHarmless = [MASKED, ABSENT, SENTENCE, WAY].some((pattern) => pattern.test(text))
  return isHarmless || (AMBIGUOUS.test(name) && !isRandomLooking(text)) ? undefined : 'fallback'
}

/** Whether `node` becomes part of a text for people. */
function isShown(node: Node): boolean {
  for (const around of ancestorsOf(node)) {
    switch (around.type) {
      case 'TemplateLiteral':
        return true
      case 'BinaryExpression':
        return around.operator === '+'
      case 'CallExpression':
        return /^(?:console|log|logger)\./.test(describe(around.callee))
      case 'Property':
        return SHOWN_AS.has(keyOf(around) ?? '')
      case 'VariableDeclarator':
      case 'AssignmentExpression':
        return false
      default:
    }
  }
  return false
}
