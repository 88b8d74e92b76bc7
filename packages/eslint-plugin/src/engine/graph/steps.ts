import type { TSESTree } from '@typescript-eslint/utils'
import { callsOf } from '../code/callers.ts'
import { ownerOfThis } from '../code/class-code.ts'
import type { LocalCode } from '../code/local-code.ts'
import { perFile } from '../per-file.ts'
import { variableOf } from '../syntax/constants.ts'
import type { ByType, Identifier, MemberExpression, Node, Variable } from '../syntax/nodes.ts'
import { happensAfter, type Origin, originsOf, parameterOf } from '../syntax/origins.ts'
import { EACH } from '../syntax/patterns.ts'
import { groupBy } from '../../group-by.ts'
import { type ClassNode, isClass, keyOf, memberKey, unwrap } from '../syntax/syntax.ts'
import { type Keys, MAX_KEYS, type Place } from './access-path.ts'
import { argumentsAt } from './arguments.ts'
import { ofCall, ofNew } from './calls.ts'
import { choicesOf } from './choices.ts'
import { membersAt, putsIntoField } from './fields.ts'
import { placesInArray, placesInObject } from './literals.ts'
import { pathOfPut, placeInPut } from './puts.ts'
import { isElement, type Step, type Steps, stepsTo } from './step.ts'

const STEPS: ByType<Steps, [keys: Keys, code: LocalCode]> = {
  Identifier: (node, keys, code) => ofClassOrEnum(node, keys, code) ?? ofVariable(node, keys, code),
  MemberExpression: ofMember,
  ThisExpression: ofThis,
  ObjectExpression: (node, keys, code) =>
    keys.length === 0 ? undefined : stepsTo('is', placesInObject(node, keys, code)),
  ArrayExpression: (node, keys, code) =>
    stepsTo(keys.length === 0 ? 'part' : 'is', placesInArray(node, keys, code)),
  CallExpression: ofCall,
  NewExpression: ofNew,
  UnaryExpression: ({ operator, argument }) =>
    /^[-+~]$/.test(operator) ? [{ how: 'is', node: argument, keys: [] }] : undefined,
  TemplateLiteral: ({ expressions }, keys) => parts(expressions, keys),
  BinaryExpression: ({ operator, left, right }, keys) =>
    COMBINES.test(operator) ? parts([left, right], keys) : undefined,
}

const COMBINES = /^(?:[-+*/%|^&]|\*\*|<<|>>>?)$/

/** The steps back from what lies at `keys` of `node`; undefined where the file does not show what that is made of. */
export function stepsFrom({ node, keys }: Place, code: LocalCode): Steps {
  if (keys.length > MAX_KEYS) return undefined
  const bare = unwrap(node)
  if (bare.type === 'AssignmentExpression' && bare.operator === '+=') {
    return parts([bare.left, bare.right], keys)
  }
  const choices = choicesOf(bare)
  if (choices !== undefined) return choices.map((each) => ({ how: 'is', node: each, keys }))
  const find = STEPS[bare.type] as ((node: Node, keys: Keys, code: LocalCode) => Steps) | undefined
  return find?.(bare, keys, code)
}

/** Parts of a text or number, which has nothing under a name. */
function parts(nodes: readonly Node[], keys: Keys): Steps {
  return isElement(keys) ? nodes.map((node) => ({ how: 'part', node, keys: [] })) : undefined
}

/** Whether `member` is an element of a list or a character of a text: `letters[index]`. */
export function isPick(member: MemberExpression): boolean {
  return member.computed && isElement([memberKey(member) ?? EACH])
}

/** The origins of a variable: those of its whole value under undefined, those of what is put into it by the first key. */
const originsByKey = perFile((variable: Variable, source) =>
  groupBy(originsOf(variable, source), ({ into }) => into),
)

function ofVariable(node: Identifier, keys: Keys, code: LocalCode): Steps {
  const variable = variableOf(node, code.source)
  if (variable === undefined) return undefined
  const origins = originsByKey(variable, code.source)
  const [first] = keys
  // Where a variable is declared it stands for all that it will hold.
  const isDeclared = variable.identifiers[0] === node
  const wanted = first === undefined ? [...origins.keys()] : [undefined, first, EACH]
  const steps = wanted
    .flatMap((key) => origins.get(key) ?? [])
    .flatMap((origin) => (origin.into === undefined ? ofOrigin(origin, keys) : ofPut(origin, keys)))
    .filter((step) => isDeclared || !happensAfter(step.node, node))
  const parameter = parameterOf(variable)
  const calls = parameter === undefined ? [] : callsOf(parameter.owner, code)
  const given = calls.flatMap((call) =>
    parameter === undefined ? [] : stepsTo('given', argumentsAt(call.arguments, parameter, keys)),
  )
  return steps.length + given.length === 0 ? undefined : [...steps, ...given]
}

function ofOrigin({ node, keys: accessPath, except }: Origin, keys: Keys): Step[] {
  const { parent } = node
  // A text that is added is a part of the whole.
  const isAdded = parent?.type === 'AssignmentExpression' && parent.operator === '+='
  if (isAdded) return [{ how: 'again', node, keys }]
  const isLost = keys[0] !== undefined && except.includes(keys[0])
  return isLost ? [] : [{ how: 'is', node, keys: [...accessPath, ...keys] }]
}

/** Something put into a variable lies under its name there, or is the value that was asked for. */
function ofPut(put: Origin, keys: Keys): Step[] {
  const place = placeInPut(put, keys)
  if (place === undefined) return []
  const path = pathOfPut(put)
  if (path.length <= keys.length) return [{ how: 'is', ...place }]
  const into = path.slice(keys.length)
  return [{ how: isElement(into) ? 'again' : 'under', ...place, into }]
}

function ofClassOrEnum(node: Identifier, keys: Keys, code: LocalCode): Steps {
  const owner = keys.length === 0 ? undefined : variableOf(node, code.source)?.defs[0]?.node
  if (isClass(owner)) return ofFields(owner, keys, code)
  if (owner?.type !== 'TSEnumDeclaration') return undefined
  const [key, ...rest] = keys
  return owner.body.members
    .filter(({ id }) => keyOf({ computed: false, key: id }) === key)
    .flatMap(({ initializer }) =>
      initializer === undefined ? [] : [{ how: 'is', node: initializer, keys: rest }],
    )
}

function ofFields(owner: ClassNode, keys: Keys, code: LocalCode): Steps {
  const [key, ...rest] = keys
  if (key === undefined) return undefined
  return [
    ...stepsTo('is', membersAt(owner, keys, code)),
    ...putsIntoField(owner, key, code).flatMap((put) => ofPut(put, rest)),
  ]
}

function ofMember(node: MemberExpression, keys: Keys): Steps {
  return [{ how: 'is', node: node.object, keys: [memberKey(node) ?? EACH, ...keys] }]
}

function ofThis(node: TSESTree.ThisExpression, keys: Keys, code: LocalCode): Steps {
  const owner = ownerOfThis(node)
  if (isClass(owner)) return ofFields(owner, keys, code)
  return owner && [{ how: 'is', node: owner, keys }]
}
