import type ts from 'typescript'

/** The name of the class, interface or enum that `type` is. */
export function typeNameOf(type: ts.Type): string | undefined {
  return type.getSymbol()?.name
}

/** The members of a union or intersection, of a type parameter what it must be; or `type` alone. */
export function partsOf(type: ts.Type): ts.Type[] {
  if (type.isUnionOrIntersection()) return type.types.flatMap(partsOf)
  const constraint = type.isTypeParameter() ? type.getConstraint() : undefined
  return constraint === undefined ? [type] : partsOf(constraint)
}

/** The arguments of a generic type: `Secret` in `Promise<Secret>`. */
export function argumentsOf(type: ts.Type, checker: ts.TypeChecker): readonly ts.Type[] {
  if (type.aliasTypeArguments !== undefined) return type.aliasTypeArguments
  return 'target' in type ? checker.getTypeArguments(type as ts.TypeReference) : []
}
