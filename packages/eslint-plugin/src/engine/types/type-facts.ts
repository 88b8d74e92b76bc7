import {
  ESLintUtils,
  type ParserServicesWithTypeInformation,
  type TSESLint,
  type TSESTree,
} from '@typescript-eslint/utils'
import type { CallExpression, NewExpression, Node } from '../syntax/nodes.ts'
import type ts from 'typescript'
import { reachesSecret } from './secret-reach.ts'
import { nameInType } from '../code/annotations.ts'
import { argumentsOf, partsOf, typeNameOf } from './type-parts.ts'
import { wideNameOf } from './wide-types.ts'

/** The type checker's answers about an expression. All are "no" where the type is `any`. */
export interface TypeFacts {
  /** A `Secret` could be in hand in this file. Cheap, so it is asked first. */
  readonly reachesSecret: boolean
  /** It is a `Secret`, whatever it was imported as. */
  isSecret(node: Node): boolean
  /** It is a `Secret`, or an array, map, promise or object that holds one elsewhere than under the names of `except`. */
  holdsSecret(node: Node, except?: readonly string[]): boolean
  /** Nothing that came out of a secret: a number, a boolean, nothing. */
  isInert(node: Node): boolean
  /** It could be text or bytes that are not known before run time. */
  isText(node: Node): boolean
  isAny(node: Node): boolean
  /** It has all of these properties. */
  has(node: Node, names: readonly string[]): boolean
  /** The names of its class, interface or alias, and of those of its union's members. */
  namesOf(node: Node): readonly string[]
  /** Its type has a name that passes `test`, of each member of a union; of a promise, the type that it promises. */
  isAlways(node: Node, test: (name: string) => boolean): boolean
  /** The name of the type that is written behind the function that `call` runs, which an alias of `string` has only there. */
  writtenResultOf(call: CallExpression): string | undefined
  /** The type that the place of `node` gives it, if that hides a `Secret`: `unknown`, `any`, `object`, `{}`. */
  hiddenBy(node: Node): string | undefined
  /** A call of a type guard or an assertion function, which only look at what they are given. */
  isTypeTest(call: CallExpression | NewExpression): boolean
}

type Context = Readonly<TSESLint.RuleContext<string, readonly unknown[]>>

/** The facts, or undefined where the parser gives no types. */
export function typeFacts(context: Context): TypeFacts | undefined {
  if (context.sourceCode.parserServices?.esTreeNodeToTSNodeMap === undefined) return undefined
  const services = ESLintUtils.getParserServices(context, true)
  if (services.program === null) return undefined
  return new CheckedTypes(services, context.sourceCode.ast)
}

const BYTES: ReadonlySet<string> = new Set(['Buffer', 'Uint8Array', 'ArrayBuffer', 'KeyObject'])

const SECRET_TYPES = new WeakMap<ts.Program, SecretTypes>()

class CheckedTypes implements TypeFacts {
  readonly reachesSecret: boolean
  readonly #checker: ts.TypeChecker
  readonly #services: ParserServicesWithTypeInformation
  readonly #secretTypes: SecretTypes

  constructor(services: ParserServicesWithTypeInformation, file: TSESTree.Program) {
    const { program } = services
    this.reachesSecret = reachesSecret(services.esTreeNodeToTSNodeMap.get(file), program)
    this.#checker = program.getTypeChecker()
    this.#services = services
    this.#secretTypes = SECRET_TYPES.get(program) ?? new SecretTypes(program)
    SECRET_TYPES.set(program, this.#secretTypes)
  }

  isSecret(node: Node): boolean {
    if (!this.reachesSecret) return false
    return partsOf(this.#typeAt(node)).some(isSecretType)
  }

  holdsSecret(node: Node, except: readonly string[] = []): boolean {
    if (!this.reachesSecret) return false
    return this.#secretTypes.holds(this.#typeAt(node), except)
  }

  isInert(node: Node): boolean {
    const checker = this.#checker
    const inert = [checker.getNumberType(), checker.getBooleanType(), checker.getBigIntType()]
    const nothing = [checker.getNullType(), checker.getUndefinedType(), checker.getVoidType()]
    return (
      !this.isAny(node) &&
      partsOf(this.#typeAt(node)).every((part) =>
        [...inert, ...nothing].some((kind) => checker.isTypeAssignableTo(part, kind)),
      )
    )
  }

  isText(node: Node): boolean {
    const text = this.#checker.getStringType()
    return partsOf(this.#typeAt(node)).some(
      (part) =>
        this.#checker.isTypeAssignableTo(text, part) ||
        (this.#checker.isTypeAssignableTo(part, text) && !part.isStringLiteral()) ||
        BYTES.has(typeNameOf(part) ?? ''),
    )
  }

  isAny(node: Node): boolean {
    const type = this.#typeAt(node)
    // Only `any` and `never` go both ways; asking so avoids the numbers of TypeFlags, which differ between versions.
    return (
      this.#checker.isTypeAssignableTo(type, this.#checker.getStringType()) &&
      this.#checker.isTypeAssignableTo(type, this.#checker.getNumberType())
    )
  }

  has(node: Node, names: readonly string[]): boolean {
    const type = this.#checker.getApparentType(this.#typeAt(node))
    return names.every((name) => type.getProperty(name) !== undefined)
  }

  namesOf(node: Node): readonly string[] {
    return partsOf(this.#typeAt(node))
      .flatMap((part) => [typeNameOf(part), part.aliasSymbol?.name])
      .filter((name) => name !== undefined)
  }

  isAlways(node: Node, test: (name: string) => boolean): boolean {
    return this.#isAlways(this.#checker.getNonNullableType(this.#typeAt(node)), test)
  }

  #isAlways(type: ts.Type, test: (name: string) => boolean): boolean {
    const names = [typeNameOf(type), type.aliasSymbol?.name]
    if (names.some((name) => name !== undefined && test(name))) return true
    if (type.isUnion()) return type.types.every((part) => this.#isAlways(part, test))
    if (type.isIntersection()) return type.types.some((part) => this.#isAlways(part, test))
    const [promised] = typeNameOf(type) === 'Promise' ? argumentsOf(type, this.#checker) : []
    return promised !== undefined && this.#isAlways(promised, test)
  }

  writtenResultOf(call: CallExpression): string | undefined {
    const place = this.#services.esTreeNodeToTSNodeMap.get(call)
    const declaration = this.#checker.getResolvedSignature(place)?.getDeclaration()
    const written = declaration?.type?.getText()
    return written === undefined ? undefined : nameInType(written)
  }

  hiddenBy(node: Node): string | undefined {
    const place = this.#services.esTreeNodeToTSNodeMap.get(node) as ts.Expression
    const expected = this.#checker.getContextualType(place)
    if (expected === undefined) return undefined
    const parts = expected.isUnion() ? expected.types : [expected]
    if (parts.some(isSecretType)) return undefined
    return parts.map((part) => wideNameOf(part, this.#checker)).find((name) => name !== undefined)
  }

  isTypeTest(call: CallExpression | NewExpression): boolean {
    const place = this.#services.esTreeNodeToTSNodeMap.get(call)
    const signature = this.#checker.getResolvedSignature(place)
    if (signature === undefined) return false
    return this.#checker.getTypePredicateOfSignature(signature) !== undefined
  }

  #typeAt(node: Node): ts.Type {
    return this.#services.getTypeAtLocation(node)
  }
}

/** An object with more properties than this is a framework's, not ours; looking on would only cost time. */
const MAX_PROPERTIES = 60
const MAX_DEPTH = 3

/** Whether `type` is a `Secret`, or a class that extends one. */
function isSecretType(type: ts.Type): boolean {
  if (type.getProperty('expose') === undefined) return false
  return (
    typeNameOf(type) === 'Secret' ||
    (type.isClass() && (type.getBaseTypes() ?? []).some(isSecretType))
  )
}

/** Finds the types that hold a `Secret`, for all files of a program: they share most of them. */
class SecretTypes {
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
