import {
  ESLintUtils,
  type ParserServicesWithTypeInformation,
  type TSESLint,
  type TSESTree,
} from '@typescript-eslint/utils'
import type ts from 'typescript'
import { reachesSecret } from './secret-reach.ts'
import { nameInType } from '../code/annotations.ts'
import { isWideType } from './wide-types.ts'

/** What the type checker knows of an expression. All answers are "no" where the type is `any`. */
export interface TypeFacts {
  /** A `Secret` could be in hand in this file. Cheap, so it is asked first. */
  readonly reachesSecret: boolean
  /** It is a `Secret`, whatever it was imported as. */
  isSecret(node: TSESTree.Node): boolean
  /** It is a `Secret`, or an array, map, promise or object that holds one elsewhere than under the names of `except`. */
  holdsSecret(node: TSESTree.Node, except?: readonly string[]): boolean
  /** Nothing that came out of a secret: a number, a boolean, nothing. */
  isInert(node: TSESTree.Node): boolean
  /** It could be text or bytes that are not known before run time. */
  isText(node: TSESTree.Node): boolean
  isAny(node: TSESTree.Node): boolean
  /** It has all of these properties. */
  has(node: TSESTree.Node, names: readonly string[]): boolean
  /** The names of its class, interface or alias, and of those of its union's members. */
  namesOf(node: TSESTree.Node): readonly string[]
  /** Its type has a name that passes `test`, of each member of a union; of a promise, the type that it promises. */
  isAlways(node: TSESTree.Node, test: (name: string) => boolean): boolean
  /** The name of the type that is written behind the function that `call` runs, which an alias of `string` has only there. */
  writtenResultOf(call: TSESTree.CallExpression): string | undefined
  /** The type that the place of `node` gives it, if that hides a `Secret`: `unknown`, `any`, `object`, `{}`. */
  hiddenBy(node: TSESTree.Node): string | undefined
  /** A call of a type guard or an assertion function, which only look at what they are given. */
  isTypeTest(call: TSESTree.CallExpression | TSESTree.NewExpression): boolean
}

type Context = Readonly<TSESLint.RuleContext<string, readonly unknown[]>>

/** The facts, or undefined where the parser gives no types. */
export function typeFacts(context: Context): TypeFacts | undefined {
  if (context.sourceCode.parserServices?.esTreeNodeToTSNodeMap === undefined) return undefined
  const services = ESLintUtils.getParserServices(context, true)
  if (services.program === null) return undefined
  return new CheckedTypes(services, context.sourceCode.ast)
}

/** An object with more properties than this is a framework's, not ours; looking on would only cost time. */
const MAX_PROPERTIES = 60
const MAX_DEPTH = 3
const BYTES: ReadonlySet<string> = new Set(['Buffer', 'Uint8Array', 'ArrayBuffer', 'KeyObject'])

/** What was found out about types, for all files of a program: they share most of them. */
interface KnownTypes {
  /** Whether they hold a `Secret`. */
  readonly holding: Map<ts.Type, boolean>
  /** How those are called that hide one. */
  readonly wideNames: Map<ts.Type, string | undefined>
}

const KNOWN = new WeakMap<ts.Program, KnownTypes>()

class CheckedTypes implements TypeFacts {
  readonly reachesSecret: boolean
  readonly #program: ts.Program
  readonly #checker: ts.TypeChecker
  readonly #services: ParserServicesWithTypeInformation
  readonly #known: KnownTypes

  constructor(services: ParserServicesWithTypeInformation, file: TSESTree.Program) {
    this.reachesSecret = reachesSecret(services.esTreeNodeToTSNodeMap.get(file), services.program)
    this.#program = services.program
    this.#checker = services.program.getTypeChecker()
    this.#services = services
    this.#known = KNOWN.get(services.program) ?? { holding: new Map(), wideNames: new Map() }
    KNOWN.set(services.program, this.#known)
  }

  isSecret(node: TSESTree.Node): boolean {
    if (!this.reachesSecret) return false
    return this.#parts(this.#typeAt(node)).some((part) => this.#isSecretType(part))
  }

  holdsSecret(node: TSESTree.Node, except: readonly string[] = []): boolean {
    if (!this.reachesSecret) return false
    const type = this.#typeAt(node)
    if (except.length === 0) return this.#holds(type, 0)
    return this.#parts(type).some((part) => this.#propertiesHold(part, 0, except))
  }

  isInert(node: TSESTree.Node): boolean {
    const checker = this.#checker
    const inert = [checker.getNumberType(), checker.getBooleanType(), checker.getBigIntType()]
    const nothing = [checker.getNullType(), checker.getUndefinedType(), checker.getVoidType()]
    return (
      !this.isAny(node) &&
      this.#parts(this.#typeAt(node)).every((part) =>
        [...inert, ...nothing].some((kind) => checker.isTypeAssignableTo(part, kind)),
      )
    )
  }

  isText(node: TSESTree.Node): boolean {
    const text = this.#checker.getStringType()
    return this.#parts(this.#typeAt(node)).some(
      (part) =>
        this.#checker.isTypeAssignableTo(text, part) ||
        (this.#checker.isTypeAssignableTo(part, text) && !part.isStringLiteral()) ||
        BYTES.has(nameOf(part) ?? ''),
    )
  }

  isAny(node: TSESTree.Node): boolean {
    const type = this.#typeAt(node)
    // Only `any` and `never` go both ways; asking so avoids the numbers of TypeFlags, which differ between versions.
    return (
      this.#checker.isTypeAssignableTo(type, this.#checker.getStringType()) &&
      this.#checker.isTypeAssignableTo(type, this.#checker.getNumberType())
    )
  }

  has(node: TSESTree.Node, names: readonly string[]): boolean {
    const type = this.#checker.getApparentType(this.#typeAt(node))
    return names.every((name) => type.getProperty(name) !== undefined)
  }

  namesOf(node: TSESTree.Node): readonly string[] {
    return this.#parts(this.#typeAt(node))
      .flatMap((part) => [nameOf(part), part.aliasSymbol?.name])
      .filter((name) => name !== undefined)
  }

  isAlways(node: TSESTree.Node, test: (name: string) => boolean): boolean {
    return this.#isAlways(this.#checker.getNonNullableType(this.#typeAt(node)), test)
  }

  #isAlways(type: ts.Type, test: (name: string) => boolean): boolean {
    const names = [nameOf(type), type.aliasSymbol?.name]
    if (names.some((name) => name !== undefined && test(name))) return true
    if (type.isUnion()) return type.types.every((part) => this.#isAlways(part, test))
    if (type.isIntersection()) return type.types.some((part) => this.#isAlways(part, test))
    const [promised] = nameOf(type) === 'Promise' ? this.#argumentsOf(type) : []
    return promised !== undefined && this.#isAlways(promised, test)
  }

  writtenResultOf(call: TSESTree.CallExpression): string | undefined {
    const place = this.#services.esTreeNodeToTSNodeMap.get(call)
    const declaration = this.#checker.getResolvedSignature(place)?.getDeclaration()
    const written = declaration?.type?.getText()
    return written === undefined ? undefined : nameInType(written)
  }

  hiddenBy(node: TSESTree.Node): string | undefined {
    const place = this.#services.esTreeNodeToTSNodeMap.get(node) as ts.Expression
    const expected = this.#checker.getContextualType(place)
    if (expected === undefined) return undefined
    const parts = expected.isUnion() ? expected.types : [expected]
    if (parts.some((part) => this.#isSecretType(part))) return undefined
    return parts.map((part) => this.#wideName(part)).find((name) => name !== undefined)
  }

  isTypeTest(call: TSESTree.CallExpression | TSESTree.NewExpression): boolean {
    const place = this.#services.esTreeNodeToTSNodeMap.get(call)
    const signature = this.#checker.getResolvedSignature(place)
    if (signature === undefined) return false
    return this.#checker.getTypePredicateOfSignature(signature) !== undefined
  }

  #typeAt(node: TSESTree.Node): ts.Type {
    return this.#services.getTypeAtLocation(node)
  }

  #parts(type: ts.Type): ts.Type[] {
    if (type.isUnionOrIntersection()) return type.types.flatMap((part) => this.#parts(part))
    const constraint = type.isTypeParameter() ? type.getConstraint() : undefined
    return constraint === undefined ? [type] : this.#parts(constraint)
  }

  #wideName(type: ts.Type): string | undefined {
    const { wideNames } = this.#known
    if (wideNames.has(type)) return wideNames.get(type)
    const index = type.getStringIndexType()
    const inside = index && `Record<string, ${this.#checker.typeToString(index)}>`
    // What has members of its own hides nothing, and takes long to write out.
    const hasMembers = type.getProperties().length + type.getCallSignatures().length > 0
    const names = [hasMembers ? nameOf(type) : this.#checker.typeToString(type), inside]
    const wideName = names.find((name) => isWideType(name ?? ''))
    wideNames.set(type, wideName)
    return wideName
  }

  #isSecretType(type: ts.Type): boolean {
    if (type.getProperty('expose') === undefined) return false
    return (
      nameOf(type) === 'Secret' ||
      (type.isClass() && (type.getBaseTypes() ?? []).some((base) => this.#isSecretType(base)))
    )
  }

  #holds(type: ts.Type, depth: number): boolean {
    const known = this.#known.holding.get(type)
    if (known !== undefined) return known
    // Recursive types meet themselves here, and find the answer of the others.
    this.#known.holding.set(type, false)
    const answer = this.#parts(type).some((part) => this.#partHolds(part, depth))
    if (answer || depth === 0) this.#known.holding.set(type, answer)
    else this.#known.holding.delete(type)
    return answer
  }

  #partHolds(type: ts.Type, depth: number): boolean {
    if (this.#isSecretType(type)) return true
    if (depth >= MAX_DEPTH || type.getCallSignatures().length > 0) return false
    if (this.#isBuiltIn(type)) {
      return this.#argumentsOf(type).some((argument) => this.#holds(argument, depth + 1))
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

  #argumentsOf(type: ts.Type): readonly ts.Type[] {
    if (type.aliasTypeArguments !== undefined) return type.aliasTypeArguments
    return 'target' in type ? this.#checker.getTypeArguments(type as ts.TypeReference) : []
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

function nameOf(type: ts.Type): string | undefined {
  return type.getSymbol()?.name
}
