import type ts from 'typescript'
import { argumentsOf, typeNameOf, partsOf } from './type-parts.ts'

/** An object with more properties than this is a framework's, not ours; looking on would only cost time. */
const MAX_PROPERTIES = 60
const MAX_DEPTH = 3

/** Whether `type` is a `Secret`, or a class that extends one. */
export function isSecretType(type: ts.Type): boolean {
  if (type.getProperty('expose') === undefined) return false
  return (
    typeNameOf(type) === 'Secret' ||
    (type.isClass() && (type.getBaseTypes() ?? []).some(isSecretType))
  )
}

/** Finds the types that hold a `Secret`, for all files of a program: they share most of them. */
export class SecretTypes {
  readonly #program: ts.Program
  readonly #checker: ts.TypeChecker
  readonly #known = new Map<ts.Type, boolean>()

  constructor(program: ts.Program) {
    this.#program = program
    this.#checker = program.getTypeChecker()
  }

  /** Whether `type` is, or holds, a `Secret` elsewhere than under the names of `except`. */
  holds(type: ts.Type, except: readonly string[]): boolean {
    if (except.length === 0) return this.#holds(type, 0)
    return partsOf(type).some((part) => this.#propertiesHold(part, 0, except))
  }

  #holds(type: ts.Type, depth: number): boolean {
    const known = this.#known.get(type)
    if (known !== undefined) return known
    // Recursive types meet themselves here, and find the answer of the others.
    this.#known.set(type, false)
    let answer: boolean | undefined
    try {
      answer = partsOf(type).some((part) => this.#partHolds(part, depth))
    } finally {
      if (answer === true || (answer === false && depth === 0)) this.#known.set(type, answer)
      else this.#known.delete(type)
    }
    return answer
  }

  #partHolds(type: ts.Type, depth: number): boolean {
    if (isSecretType(type)) return true
    if (depth >= MAX_DEPTH || type.getCallSignatures().length > 0) return false
    if (this.#isBuiltIn(type)) {
      return argumentsOf(type, this.#checker).some((argument) => this.#holds(argument, depth + 1))
    }
    return this.#propertiesHold(type, depth, [])
  }

  #propertiesHold(type: ts.Type, depth: number, except: readonly string[]): boolean {
    const properties = type.getProperties()
    if (properties.length > MAX_PROPERTIES) return false
    return properties.some(
      (property) =>
        !property.name.startsWith('__#') &&
        !except.includes(property.name) &&
        this.#holds(this.#checker.getTypeOfSymbol(property), depth + 1),
    )
  }

  #isBuiltIn(type: ts.Type): boolean {
    const declarations = type.getSymbol()?.getDeclarations() ?? []
    return (
      this.#checker.isTupleType(type) ||
      declarations.some((declaration) =>
        this.#program.isSourceFileDefaultLibrary(declaration.getSourceFile()),
      )
    )
  }
}
