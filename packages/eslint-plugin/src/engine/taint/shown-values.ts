import type { CallExpression, Node, SourceCode } from '../syntax/nodes.ts'
import { constantNumber, constantText, constantValue } from '../syntax/constants.ts'
import type { Keys } from './flow.ts'
import { words, wordsOf } from '../naming/names.ts'
import { EACH } from '../syntax/patterns.ts'
import { lastName } from '../syntax/paths.ts'

const anyOf = (...paths: readonly string[]) =>
  new RegExp(paths.map((path) => `^(?:${path})$`).join('|'))

/** Functions whose result shows what they are given. */
const SHOWS = anyOf(
  'JSON\\.(?:stringify|parse)',
  'util\\.(?:inspect|format|formatWithOptions|styleText|stripVTControlCharacters)',
  'String|String\\.raw|Array\\.(?:from|of)|Buffer\\.(?:from|concat)|Uint8Array\\.from|buffer\\.Buffer\\.from',
  'Object\\.(?:values|entries|fromEntries)',
  'btoa|atob|escape|encodeURI|encodeURIComponent|decodeURIComponent',
  '(?:querystring|qs)\\.(?:stringify|escape)',
  'Promise\\.(?:all|allSettled|any|race)',
  '\\$?grunt\\.template\\.process',
  'Error|TypeError|RangeError|AggregateError',
  '(?:chalk|kleur|picocolors|ansi-colors|colorette|yoctocolors)\\b.*',
)

/**
 * In the name of an unknown function, they mark a result that shows what it is given: `safeStringify(x)`, `wrap(x)`. They
 * are verbs and nouns of form: what looks a value up, checks, sends or keeps it gives something else back.
 */
const SHOWING_WORDS = words(
  'stringify serialize serialise inspect format sprintf printf dump prettify pretty colorize wrap quote quoted pad indent trim ' +
    'truncate interpolate template render concat join escape unescape normalize capitalize bold dim red green yellow cyan gray ' +
    'prepend prefixed clone copy cloned tostring text',
)

/** Template tags whose result shows the values. */
const SHOWING_TAGS = anyOf(
  'String\\.raw',
  '(?:chalk|kleur|picocolors|ansi-colors|colorette|yoctocolors)\\b.*',
  '(?:dedent|ts-dedent|string-dedent|outdent|endent|common-tags)\\b.*',
)

/** Whether the result of a function with that path, that is not of this file, shows what it is given. */
export function showsGiven(path: string): boolean {
  if (SHOWS.test(path)) return true
  return wordsOf(path.split('.').at(-1) ?? '').some((word) => SHOWING_WORDS.has(word))
}

/** Whether a template with a tag of that path shows its values. */
export function showsValues(path: string): boolean {
  return SHOWING_TAGS.test(path)
}

/** Functions whose result has the shape of what they are given. */
const KEEPS_SHAPE = anyOf(
  'Object\\.(?:assign|freeze|seal)|structuredClone|Promise\\.(?:resolve|all)|v8\\.deserialize',
)

/** Functions whose result has the parts of what they are given in another place. */
const MOVES: ReadonlyMap<string, (keys: Keys) => Keys | undefined> = new Map([
  ['Object.values', ([, ...rest]) => [EACH, ...rest]],
  ['Object.entries', ([, place, ...rest]) => (place === '0' ? undefined : [EACH, ...rest])],
  [
    'Promise.allSettled',
    ([index = EACH, part, ...rest]) =>
      part === undefined || part === 'value' ? [index, ...rest] : undefined,
  ],
])

/**
 * Where the part `keys` of the result of a function with that path lies in what the function is given; undefined if
 * nowhere, or if the path is of another function.
 */
export function accessPathIntoGiven(path: string, keys: Keys): Keys | undefined {
  if (KEEPS_SHAPE.test(path)) return keys
  return keys.length === 0 ? undefined : MOVES.get(path)?.(keys)
}

/** Whether `accessPathIntoGiven` answers for all of the result. */
export function hasShape(path: string, keys: Keys): boolean {
  return KEEPS_SHAPE.test(path) || (keys.length > 0 && MOVES.has(path))
}

/** Methods whose result shows what they are called on. */
export const SHOWS_RECEIVER = words(
  'toString valueOf toJSON toWellFormed normalize trim trimStart trimEnd toUpperCase toLowerCase substring substr ' +
    'subarray charAt split replace replaceAll padStart padEnd repeat match matchAll join finally decode encode next',
)

/** Methods whose result has elements of what they are called on. */
const KEEPS_ELEMENTS = words(
  'slice concat reverse toReversed sort toSorted flat filter values with fill',
)

/** Methods that give one element of what they are called on, and the access path to it. */
const GIVES_ELEMENT: ReadonlyMap<string, Keys> = new Map([
  ['get', [EACH, '1']],
  ['at', [EACH]],
  ['find', [EACH]],
  ['findLast', [EACH]],
  ['pop', [EACH]],
  ['shift', [EACH]],
])

/** Where the part `keys` of what `method` gives lies in what it is called on; undefined if the method gives no parts of it. */
export function accessPathIntoReceiver(method: string, keys: Keys): Keys | undefined {
  if (KEEPS_ELEMENTS.has(method)) return keys.length === 0 ? keys : [EACH, ...keys.slice(1)]
  if (method === 'entries') return keys.length === 0 ? keys : MOVES.get('Object.entries')?.(keys)
  const element = GIVES_ELEMENT.get(method)
  return element && [...element, ...keys]
}

/** Methods whose result also shows their arguments: from which one on, and up to which. */
const SHOWS_ARGUMENTS: ReadonlyMap<string, readonly [from: number, to?: number]> = new Map([
  ['concat', [0]],
  ['padStart', [1]],
  ['padEnd', [1]],
  ['join', [0]],
  ['with', [1]],
  ['fill', [0, 1]],
  ['then', [0]],
  ['replace', [1]],
  ['replaceAll', [1]],
  ['encode', [0, 1]],
  ['decode', [0, 1]],
])

/** The arguments of a call of `method` that its result shows. */
export function shownArguments<T>(method: string, given: readonly T[]): readonly T[] {
  const shown = SHOWS_ARGUMENTS.get(method)
  return shown === undefined ? [] : given.slice(...shown)
}

/** Methods that cut a piece out of a text. */
const CUTS: ReadonlySet<string> = new Set(['slice', 'substring', 'substr', 'at', 'charAt'])

/** So many characters of a random text may be shown, to distinguish it from others. */
const MAX_SHOWN = 4

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

/** Whether `call`, of that method of a text, replaces every character of it. */
export function masks(call: CallExpression, method: string, source: SourceCode): boolean {
  const pattern = call.arguments[0]
  if ((method !== 'replace' && method !== 'replaceAll') || pattern === undefined) return false
  const value = constantValue(pattern, source)
  if (value.type === 'Literal' && 'regex' in value) {
    return value.regex.flags.includes('g') && EVERY_CHARACTER.test(value.regex.pattern)
  }
  if (value.type !== 'NewExpression') return false
  const [text = '', flags = ''] = value.arguments.map((each) => constantText(each, source))
  return lastName(value.callee) === 'RegExp' && flags.includes('g') && EVERY_CHARACTER.test(text)
}
