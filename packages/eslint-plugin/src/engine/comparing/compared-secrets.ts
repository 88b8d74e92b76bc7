import type { Node } from '../syntax/nodes.ts'
import type { Analysis } from '../analysis.ts'
import { variableOf } from '../syntax/constants.ts'
import type { LocalCode } from '../code/local-code.ts'
import { parameterOf } from '../syntax/origins.ts'
import { lastName, pathOf } from '../syntax/paths.ts'
import { enclosing, isFunction, keyOf, memberKey, unwrap } from '../syntax/syntax.ts'
import {
  areOnePersons,
  areOneThing,
  arePeers,
  isChangeName,
  isDigestName,
  isHarmlessName,
  isParserName,
  isRefusedName,
  isSignatureName,
  isVerifiedName,
  strengthOfName,
} from './compared-names.ts'
import { isKnownValue, isListOfSecrets, macIn, nameEvidence, nameOf } from './compared-values.ts'
import type { Comparison } from './comparisons.ts'
import { isOneFromOutside } from './outside-values.ts'
import { usesOf } from '../code/callers.ts'

/** In every file that takes a value out of a `Secret`, but for {@link isMapped}. */
const EXPOSING_TEXT = /\bexpose\b/

/** Operations whose left side is a text, never a list. */
const WITHIN_TEXT: ReadonlySet<string> = new Set(['startsWith', 'endsWith', 'search', 'match'])

/** The secret that `comparison` gives away: a value from a `Secret`, or the code of a message under a key. */
export function comparedValue(
  comparison: Comparison,
  analysis: Analysis,
  sanitizers: readonly string[],
): Node | undefined {
  if (isHarmless(comparison, analysis)) return undefined
  const source = secretValue(comparison, analysis, sanitizers)
  return source !== 'own' && couldBeText(comparison, analysis) ? source : undefined
}

/** The operand of `comparison` that is only called like a secret, where one of the two values comes from outside. */
export function comparedName(comparison: Comparison, analysis: Analysis): Node | undefined {
  const { left, right } = comparison
  if (isHarmless(comparison, analysis) || isKnownValue(left, analysis.code)) return undefined
  const source = secretName(comparison, analysis)
  if (source === undefined || !isOneFromOutside([left, right], analysis.code)) return undefined
  if (secretValue(comparison, analysis, []) !== undefined) return undefined
  return couldBeText(comparison, analysis) ? source : undefined
}

function isHarmless({ left, right, question }: Comparison, { code }: Analysis): boolean {
  return (
    isKnownValue(right, code) ||
    (question === 'equal' && isKnownValue(left, code)) ||
    isHarmlessName(nameOf(right, code) ?? '')
  )
}

/** The operand of `comparison` that is a secret by its value; `own` if both are, so that no outsider presents one. */
function secretValue(
  { left, right }: Comparison,
  analysis: Analysis,
  sanitizers: readonly string[],
): Node | 'own' | undefined {
  const { source, code } = analysis
  const sides = [left, right]
  const exposed = sides
    .map((side) => exposedIn(side, analysis, sanitizers))
    .filter((leak) => leak !== undefined)
  if (exposed.length === sides.length) return 'own'
  const isChange = sides.some((side) => isChangeName(lastName(side) ?? ''))
  if (exposed[0] !== undefined) return isChange ? 'own' : exposed[0]
  return /hmac/i.test(source.text)
    ? sides.map((side) => macIn(side, code)).find((mac) => mac !== undefined)
    : undefined
}

/**
 * The value that `node` takes out of a `Secret`. Functions that the options call safe are seldom, so they are asked about
 * last.
 */
function exposedIn(
  node: Node,
  analysis: Analysis,
  sanitizers: readonly string[],
): Node | undefined {
  const { source, code } = analysis
  if (!EXPOSING_TEXT.test(source.text) && !isMapped(node, code)) return undefined
  const leak = analysis.exposures().of(node)
  if (leak?.kind !== 'exposed') return undefined
  const isSafe =
    sanitizers.length > 0 && analysis.taintWith(sanitizers).of(node)?.kind !== 'exposed'
  return isSafe ? undefined : leak.source
}

/** Whether `node` is what a method called `map` hands to its callback: that of a `Secret` hands out the value. */
function isMapped(node: Node, code: LocalCode): boolean {
  const bare = unwrap(node)
  const variable = bare.type === 'Identifier' ? variableOf(bare, code.source) : undefined
  const parameter = variable && parameterOf(variable)
  const uses = parameter === undefined ? [] : usesOf(parameter.owner, code.source)
  return uses.some(
    ({ parent }) => parent?.type === 'CallExpression' && lastName(parent.callee) === 'map',
  )
}

function secretName(comparison: Comparison, analysis: Analysis): Node | undefined {
  const { left, right, question, operation } = comparison
  const { code } = analysis
  const presented = nameEvidence(right, code)
  if (question === 'contains') {
    const isFound = WITHIN_TEXT.has(operation)
      ? presented.strength === 'strong'
      : isListOfSecrets(left, code)
    const source = WITHIN_TEXT.has(operation) ? presented.source : unwrap(left)
    return isFound ? source : undefined
  }
  const sides = [nameEvidence(left, code), presented]
  const strong = sides
    .filter(({ strength }) => strength === 'strong')
    .sort((one, other) => Number(one.isPresented) - Number(other.isPresented))[0]
  const weak = sides.find(({ strength }) => strength === 'weak')
  const isPair =
    sides.every(
      ({ strength, isPresented }, index) =>
        strength !== undefined ||
        isPresented ||
        isDigestName(nameOf(index === 0 ? left : right, code) ?? ''),
    ) &&
    sides.some(
      ({ isPresented, source }) => isPresented || isVerifiedName(nameOf(source, code) ?? ''),
    )
  const named = strong ?? (isPair ? weak : undefined)
  if (named === undefined || isHarmlessPair(comparison, code)) return undefined
  const names = [left, right, ...sides.map((side) => side.source)]
  const isParser = names.some((node) => isParserName(nameOf(node, code) ?? ''))
  return strong === undefined && isParser ? undefined : named.source
}

/** Operators compare texts that are not known before run time; numbers and words of an enumeration are no secrets. */
function couldBeText({ node, left, right }: Comparison, { types }: Analysis): boolean {
  if (types === undefined || node.type !== 'BinaryExpression') return true
  return [left, right].every((side) => types.isText(side))
}

/** Whether both values come from the same hand, or are one thing at two times. */
function isHarmlessPair({ node, left, right }: Comparison, code: LocalCode): boolean {
  const [one, other] = [left, right].map((side) => nameOf(side, code) ?? '') as [string, string]
  return (
    [one, other].some((name) => isHarmlessName(name) || isRefusedName(name)) ||
    areOnePersons(one, other) ||
    areOneThing(one, other) ||
    (one === other && arePeers(ownerOf(left), ownerOf(right))) ||
    isSameOrigin(pathOf(left, code.source), pathOf(right, code.source)) ||
    isInAnyForm(left, right, code) ||
    (one === other && isInEquals(node)) ||
    leavesOut(node)
  )
}

/** Methods that give the same text in another form. */
const FORMS: ReadonlySet<string> = new Set(['toLowerCase', 'toUpperCase', 'trim', 'normalize'])

/** The text whose form `node` is: `name` of `name.trim()`. */
function formOf(node: Node): Node | undefined {
  const bare = unwrap(node)
  const callee = bare.type === 'CallExpression' ? unwrap(bare.callee) : undefined
  const isForm = callee?.type === 'MemberExpression' && FORMS.has(memberKey(callee) ?? '')
  return isForm ? unwrap(callee.object) : undefined
}

/** Whether a text is compared with its own form, or a secret in any form with what is called like none. */
function isInAnyForm(left: Node, right: Node, code: LocalCode): boolean {
  const forms = [left, right].map(formOf)
  if (forms.every((form) => form !== undefined)) {
    const names = forms.map((form) => nameOf(form, code) ?? '')
    return !names.some(isSignatureName) && !names.every((name) => strengthOfName(name) === 'strong')
  }
  const [one, other] = [forms[0] ?? left, forms[1] ?? right].map((each) =>
    pathOf(each, code.source),
  )
  return forms.some((form) => form !== undefined) && one !== undefined && one === other
}

/** Whether `node` compares for a method that compares two objects: `equals(other) { … }`. */
function isInEquals(node: Node): boolean {
  const owner = enclosing(node, isFunction)
  const named = owner?.parent.type === 'MethodDefinition' ? keyOf(owner.parent) : undefined
  return /^(?:equals?|isEqual|compare|compareTo)$/.test(named ?? '')
}

/** The name of what `node` is a property of. */
function ownerOf(node: Node): string {
  const bare = unwrap(node)
  const isMember = bare.type === 'MemberExpression'
  return isMember ? (lastName(bare.object) ?? '') : ''
}

/** Whether both are parts of one thing: two fields of one form. */
function isSameOrigin(one: string | undefined, other: string | undefined): boolean {
  const [left, right] = [one, other].map((path) => path?.split('.').slice(0, -1).join('.') ?? '')
  return left !== '' && left === right
}

/** Whether `node` takes the other elements of a list: `list.filter((each) => each.token !== token)`. */
function leavesOut(node: Node): boolean {
  if (node.type !== 'BinaryExpression' || !node.operator.startsWith('!')) return false
  const { parent } = enclosing(node, isFunction) ?? {}
  const callee = parent?.type === 'CallExpression' ? unwrap(parent.callee) : undefined
  return callee?.type === 'MemberExpression' && memberKey(callee) === 'filter'
}
