import type { CallExpression, Node, SourceCode } from '../syntax/nodes.ts'
import { constantNumber, constantText, constantValue } from '../syntax/constants.ts'

import { words, wordsOf } from '../naming/names.ts'
import { lastName } from '../syntax/paths.ts'

/**
 * In the name of an unknown function, they mark a result that shows what it is given: `safeStringify(x)`, `wrap(x)`. They
 * are verbs and nouns of form: what looks a value up, checks, sends or keeps it gives something else back.
 */
const SHOWING_WORDS = words(
  'stringify serialize serialise inspect format sprintf printf dump prettify pretty colorize wrap quote quoted pad indent trim ' +
    'truncate interpolate template render concat join escape unescape normalize capitalize bold dim red green yellow cyan gray ' +
    'prepend prefixed clone copy cloned tostring text',
)

/** Whether the result of a function with that path, of another file and unknown, shows what it is given, by its name. */
export function showsByName(path: string): boolean {
  return wordsOf(path.split('.').at(-1) ?? '').some((word) => SHOWING_WORDS.has(word))
}

/** Methods that cut a piece out of a text. */
const CUTS: ReadonlySet<string> = new Set(['slice', 'substring', 'substr', 'at', 'charAt'])

/** So many characters of a random text may be shown, to distinguish it from others. */
const MAX_SHOWN = 6

/** Whether `call`, of that method of a text, leaves no more of it than a few characters: `token.slice(-4)`. */
export function cutsShort(call: CallExpression, method: string, source: SourceCode): boolean {
  if (!CUTS.has(method)) return false
  const [from = 0, to] = call.arguments.map((each) => numberOf(each, source) ?? NaN)
  if (method === 'at' || method === 'charAt') return true
  if (to === undefined) return method !== 'substring' && from < 0 && from >= -MAX_SHOWN
  const length = method === 'substr' ? to : to - from
  return Math.sign(to) >= Math.sign(from) && length >= 0 && length <= MAX_SHOWN
}

/** A number, also with a minus. */
function numberOf(node: Node, source: SourceCode): number | undefined {
  if (node.type !== 'UnaryExpression' || node.operator !== '-') return constantNumber(node, source)
  const number = constantNumber(node.argument, source)
  return number === undefined ? undefined : -number
}

/** A pattern that replaces every character. */
const EVERY_CHARACTER = /^(?:\.|\\S|\\w|\[\s\S\]|\[\^\])[+*]?$/

/** A text that is put in the place of a secret. */
const MASK = /[*•x]{3,}|redacted|masked|hidden|secret/i

const REPLACES: ReadonlySet<string> = new Set(['replace', 'replaceAll'])

/** Whether `call`, of that method of a text, puts a mask in the place of what a pattern finds; the rest of the text stays. */
export function masksPart(call: CallExpression, method: string, source: SourceCode): boolean {
  const [pattern, mask] = call.arguments
  const isPattern = pattern !== undefined && constantText(pattern, source) === undefined
  return REPLACES.has(method) && isPattern && MASK.test(constantText(mask, source) ?? '')
}

/** Whether `call`, of that method of a text, replaces every character of it. */
export function masks(call: CallExpression, method: string, source: SourceCode): boolean {
  const [pattern] = call.arguments
  if (!REPLACES.has(method) || pattern === undefined) return false
  const value = constantValue(pattern, source)
  if (value.type === 'Literal' && 'regex' in value) {
    return value.regex.flags.includes('g') && EVERY_CHARACTER.test(value.regex.pattern)
  }
  if (value.type !== 'NewExpression') return false
  const [text = '', flags = ''] = value.arguments.map((each) => constantText(each, source))
  return lastName(value.callee) === 'RegExp' && flags.includes('g') && EVERY_CHARACTER.test(text)
}
