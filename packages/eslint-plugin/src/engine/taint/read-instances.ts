import type { TSESTree } from '@typescript-eslint/utils'
import type { NewExpression, Node } from '../syntax/nodes.ts'
import { anyOf, enterCall, type Flow, type Found, readAny, strongest } from './flow.ts'
import { membersAt, putsIntoField } from '../graph/fields.ts'
import { readPut } from './read-puts.ts'
import { type ClassNode, isFunction } from '../syntax/syntax.ts'
import { leftOutOfWhole, narrow, type Keys } from '../graph/access-path.ts'

/** Reads `this`: the fields of the class, or the properties of the object literal, that it stands in. */
export function readThis(node: TSESTree.ThisExpression, keys: Keys, flow: Flow): Found {
  const literal = flow.code.literalOf(node)
  if (literal !== undefined) return flow.read(literal, keys)
  const owner = flow.code.classOf(node)
  return owner === undefined ? undefined : readFields(owner, keys, flow)
}

/** Reads a new instance of a class of this file: its fields, as this construction sets them. */
export function readInstance(construction: NewExpression, keys: Keys, flow: Flow): Found {
  const owner = flow.code.constructed(construction)
  if (owner === undefined) return undefined
  return readFields(owner, keys, inConstructor(construction, flow)?.inner ?? flow.outside())
}

/** The constructor that `construction` runs, and the flow inside it; undefined if that is not one of this file. */
export function inConstructor(construction: NewExpression, flow: Flow) {
  const owner = flow.code.constructed(construction)
  const body = owner && constructorOf(owner, flow)
  return isFunction(body)
    ? { body, inner: enterCall(body, construction.arguments, flow) }
    : undefined
}

/** Reads a static member of a class of this file. Printed as a whole, a class shows none. */
export function readStatic(owner: ClassNode, [key, ...rest]: Keys, flow: Flow): Found {
  return key === undefined ? undefined : readFields(owner, [key, ...rest], flow)
}

function readFields(owner: ClassNode, keys: Keys, flow: Flow): Found {
  const lineage = flow.code.lineageOf(owner)
  const leftOut = leftOutOfWhole(keys)
  const accessPaths =
    leftOut === undefined
      ? [keys]
      : lineage
          .flatMap((each) => flow.code.shownFieldsOf(each))
          .flatMap((key) => [narrow([key], leftOut) ?? []])
  return strongest(accessPaths, (accessPath) => {
    const [key, ...rest] = accessPath
    return anyOf(
      () => readAny(membersAt(owner, accessPath, flow.code), flow),
      () =>
        strongest(key === undefined ? [] : putsIntoField(owner, key, flow.code), (put) =>
          readPut(put, rest, flow),
        ),
    )
  })
}

function constructorOf(owner: ClassNode, { code }: Flow): Node | undefined {
  for (const { body } of code.lineageOf(owner)) {
    for (const member of body.body) {
      const isConstructor = member.type === 'MethodDefinition' && member.kind === 'constructor'
      if (isConstructor) return member.value
    }
  }
  return undefined
}
