import type { CallExpression, MemberExpression, SourceCode } from '../syntax/nodes.ts'
import { perFile } from '../per-file.ts'
import { pathOf } from '../syntax/paths.ts'
import { ancestorsOf, type FunctionNode, isFunction, memberKey, unwrap } from '../syntax/syntax.ts'
import { visited } from '../visits.ts'

type AssignedFunctions = ReadonlyMap<string, ReadonlyMap<string, FunctionNode>>

/** The exports of a CommonJS module, and the methods of a class as it was written before there were classes. */
const OWNER = /^(?:module\.)?exports$|\.prototype$/

/** The functions that a file assigns to its exports and to prototypes, by the path of the owner and their name there. */
const assignedFunctions = perFile((_question: 'assigned', source): AssignedFunctions => {
  const byOwner = new Map<string, Map<string, FunctionNode>>()
  for (const { left, right } of visited(source, 'AssignmentExpression')) {
    if (left.type !== 'MemberExpression' || !isFunction(right)) continue
    const owner = ownerPath(left, source)
    const key = memberKey(left)
    if (owner === undefined || key === undefined) continue
    const functions = byOwner.get(owner) ?? new Map<string, FunctionNode>()
    byOwner.set(owner, functions.set(key, right))
  }
  return byOwner
})

/** The function that `member` names, if the file assigns it: `exports.sign`, or `this.sign` in a method of a prototype. */
export function assignedFunction(
  member: MemberExpression,
  source: SourceCode,
): FunctionNode | undefined {
  const functions = assignedFunctions('assigned', source)
  const owner = functions.size === 0 ? undefined : ownerPath(member, source)
  return owner === undefined ? undefined : functions.get(owner)?.get(memberKey(member) ?? '')
}

/** `exports.key(…)`, where `owner` is what the file assigns to `exports.key`; and so for methods of prototypes. */
export function callsOfAssigned(
  owner: FunctionNode,
  source: SourceCode,
): readonly CallExpression[] {
  return callsByFunction('calls', source).get(owner) ?? []
}

/** Read once for all functions, since many prototypes may have a method of the same name. */
const callsByFunction = perFile(
  (_question: 'calls', source): ReadonlyMap<FunctionNode, CallExpression[]> => {
    const byFunction = new Map<FunctionNode, CallExpression[]>()
    if (assignedFunctions('assigned', source).size === 0) return byFunction
    for (const call of visited(source, 'CallExpression')) {
      const callee = unwrap(call.callee)
      const owner =
        callee.type === 'MemberExpression' ? assignedFunction(callee, source) : undefined
      if (owner === undefined) continue
      const calls = byFunction.get(owner)
      if (calls === undefined) byFunction.set(owner, [call])
      else calls.push(call)
    }
    return byFunction
  },
)

function ownerPath(member: MemberExpression, source: SourceCode): string | undefined {
  const { object } = member
  if (object.type === 'ThisExpression') return ownerOfMethodAround(member, source)
  const path = pathOf(object, source)
  return path !== undefined && OWNER.test(path) ? path.replace(/^module\./, '') : undefined
}

/** The owner to which the function around `node`, whose `this` it uses, is assigned. */
function ownerOfMethodAround(node: MemberExpression, source: SourceCode): string | undefined {
  for (const around of ancestorsOf(node)) {
    if (!isFunction(around) || around.type === 'ArrowFunctionExpression') continue
    const { parent } = around
    const left = parent.type === 'AssignmentExpression' ? parent.left : undefined
    const isMethod = left?.type === 'MemberExpression' && left.object.type !== 'ThisExpression'
    return isMethod ? ownerPath(left, source) : undefined
  }
  return undefined
}
