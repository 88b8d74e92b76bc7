import type { Node, ObjectExpression, Property, SourceCode } from '../syntax/nodes.ts'
import { constantNumber, constantText, constantValue } from '../syntax/constants.ts'
import { lastName, pathOf } from '../syntax/paths.ts'
import { type CallNode, keyOf, propertiesOf } from '../syntax/syntax.ts'
import { declaredSecret, isConstantCase, isMeasured } from './declared-names.ts'
import { bytesPerCharacter } from './key-material.ts'

/** The least length that a declaration asks of a secret. */
export interface Minimum {
  /** The name of the secret. */
  readonly what: string
  readonly characters: number
  /** Bytes of key material in a character, as far as the declaration shows: half a byte if it asks for hexadecimal. */
  readonly bytesPerCharacter: number
  /** The number of characters, if it stands there as a number. */
  readonly node?: Node
}

/** Libraries whose schemas are chains of calls. The kind of text comes first, the minimum somewhere behind it. */
const TEXT_CHAIN =
  /^(?:zod(?:\/(?:v\d|mini))?(?:\.z)?|joi|@hapi\/joi|yup)\.(?:string|hex|base64|base64url)\(\)/

/** Functions that make a minimum by themselves: validators of valibot, decorators of class-validator. */
const LENGTHS = /^(?:valibot\.(?:minLength|length)|class-validator\.(?:MinLength|Length))$/
const PATTERNS = /^(?:valibot\.regex|class-validator\.Matches)$/

/** Methods of chains that make one. */
const LENGTH_METHODS: ReadonlySet<string> = new Set(['min', 'length'])
const PATTERN_METHODS: ReadonlySet<string> = new Set(['regex', 'pattern', 'matches'])

/** Properties that make one: of JSON schemas, and of our own secrets. */
const LENGTH_KEYS: ReadonlySet<string> = new Set(['minLength', 'minBytes', 'minimumLength'])

/** The encoding of the text, by a chain or a pipe. */
const ENCODINGS: readonly (readonly [sign: RegExp, encoding: string])[] = [
  [/\.(?:hex|hexadecimal)\(/, 'hex'],
  [/\.base64(?:url)?\(/, 'base64'],
]

/** `apiKey: z.string().min(8)`, and the like of other libraries. */
export function minimumOfCall(call: CallNode, source: SourceCode): Minimum | undefined {
  const method = lastName(call.callee) ?? ''
  if (NONEMPTY.test(method)) return ofNonempty(call, source)
  if (!MAY_ASK.test(method)) return undefined
  const path = pathOf(call.callee, source) ?? ''
  const isChained = TEXT_CHAIN.test(path)
  const asksLength = isChained ? LENGTH_METHODS.has(method) : LENGTHS.test(path)
  const asksPattern = isChained ? PATTERN_METHODS.has(method) : PATTERNS.test(path)
  const what = asksLength || asksPattern ? declaredSecret(call) : undefined
  const given = call.arguments[0]
  if (what === undefined || given === undefined) return undefined
  if (asksPattern) return ofPattern(what, regexOf(given, source))
  const written = isChained ? `${path}(` : pipeAround(call, source)
  return ofNumber(what, given, encodingIn(written), source)
}

/** Methods that ask for one character. */
const NONEMPTY = /^(?:nonempty|nonEmpty)$/

const MAY_ASK = /^(?:min|length|regex|pattern|matches|minLength|MinLength|Length|Matches)$/

/**
 * `apiKeyTo('signing', { minLength: 16 })`, and `API_KEY: { type: 'string', minLength: 16 }`; with `byName` also `apiKey: …`, which
 * mostly is the form of what another party sends.
 */
export function minimumOfProperty(
  property: Property,
  source: SourceCode,
  byName: boolean,
): Minimum | undefined {
  const key = keyOf(property) ?? ''
  const object = property.parent
  const isPattern = key === 'pattern'
  if (!isPattern && !LENGTH_KEYS.has(key)) return undefined
  if (object.type !== 'ObjectExpression') return undefined
  const what = ownerOf(object, byName)
  if (what === undefined) return undefined
  return isPattern
    ? ofPattern(what, constantText(property.value, source))
    : ofNumber(what, property.value, 'utf8', source)
}

/** The secret that `object` is a declaration of. */
function ownerOf(object: ObjectExpression, byName: boolean): string | undefined {
  const isSpec = propertiesOf(object, 'kind').length > 0 && propertiesOf(object, 'rule').length > 0
  const { parent } = object
  const maker = parent.type === 'CallExpression' ? lastName(parent.callee) : undefined
  const made = maker?.replace(/(?:To|From|Of|For)$/, '')
  if (made !== undefined && isMeasured(made)) return made
  const name = declaredSecret(object)
  if (isSpec) return name ?? 'The secret'
  return byName || (name !== undefined && isConstantCase(name)) ? name : undefined
}

function ofNonempty(call: CallNode, source: SourceCode): Minimum | undefined {
  const path = pathOf(call.callee, source) ?? ''
  const isText = TEXT_CHAIN.test(path) || path === 'valibot.nonEmpty'
  const what = isText ? declaredSecret(call) : undefined
  return what === undefined ? undefined : { what, characters: 1, bytesPerCharacter: 1 }
}

function ofNumber(
  what: string,
  node: Node,
  encoding: string,
  source: SourceCode,
): Minimum | undefined {
  const characters = constantNumber(node, source)
  if (characters === undefined) return undefined
  return { what, characters, bytesPerCharacter: bytesPerCharacter(encoding), node }
}

function ofPattern(what: string, pattern: string | undefined): Minimum | undefined {
  const length = pattern === undefined ? undefined : patternLength(pattern)
  return length && { what, ...length }
}

function regexOf(node: Node, source: SourceCode): string | undefined {
  const value = constantValue(node, source)
  const isRegex = value.type === 'Literal' && 'regex' in value
  return isRegex ? value.regex.pattern : undefined
}

/** The paths of the other parts of the pipe that `call` is a part of. */
function pipeAround(call: CallNode, source: SourceCode): string {
  const { parent } = call
  if (parent.type !== 'CallExpression') return ''
  return parent.arguments.map((part) => `.${pathOf(part, source) ?? ''}`).join(' ')
}

function encodingIn(written: string): string {
  return ENCODINGS.find(([sign]) => sign.test(written))?.[1] ?? 'utf8'
}

/** The least text that a pattern lets through. */
interface PatternLength {
  readonly characters: number
  readonly bytesPerCharacter: number
}

/** `^[…]{32}$` and `^[…]{32,}$`: one class, so many times. What is more complicated is not looked into. */
const ONE_CLASS = /^\^\[(?<members>[^\]]+)\]\{(?<least>\d+)(?:,\d*)?\}\$$/

const HEX_MEMBERS = /^(?:0-9|a-f|A-F|\\d)+$/

/** The least length that a pattern asks of the whole text, if it shows one plainly. */
function patternLength(pattern: string): PatternLength | undefined {
  const { members, least } = ONE_CLASS.exec(pattern)?.groups ?? {}
  if (members === undefined || least === undefined) return undefined
  const encoding = HEX_MEMBERS.test(members) ? 'hex' : 'utf8'
  return { characters: Number(least), bytesPerCharacter: bytesPerCharacter(encoding) }
}
