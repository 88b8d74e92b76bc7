import type { ByType, CallExpression, MemberExpression, Node, SourceCode } from '../syntax/nodes.ts'
import { choicesOf } from '../graph/choices.ts'
import { placesInArray } from '../graph/literals.ts'
import { anyOf, type Flow, type Found, type Frame, readAny, strongest } from './flow.ts'
import { type Keys, MAX_KEYS } from '../graph/access-path.ts'
import type { LocalCode } from '../code/local-code.ts'
import type { NamePolicy } from '../naming/name-policy.ts'
import { isKnownText } from './guards.ts'
import { constantText } from '../syntax/constants.ts'
import { isPartOfPassword } from './password-parts.ts'
import { EACH } from '../syntax/patterns.ts'
import { Question, Questions } from './questions.ts'
import { readReceiver } from './read-callbacks.ts'
import { readCall, readTagged } from './read-calls.ts'
import { readThis } from './read-instances.ts'
import { readIdentifier } from './read-names.ts'
import { readNew } from './read-new.ts'
import { leakOfPart, readObject } from './read-values.ts'
import { isCastToSafe, isSafeByType } from './sanitizers.ts'
import { isExposure, isSecretObject, ownLeak } from './sources.ts'
import { memberKey, unwrap } from '../syntax/syntax.ts'
import type { TypeFacts } from '../types/type-facts.ts'
import type { TSESTree } from '@typescript-eslint/utils'
import { markupValue } from '../syntax/markup.ts'

/** Questions for a file, by its characters. Code of people needs less than one for each; no code may hang the editor, least of all a bundle. */
const STEPS_PER_CHARACTER = 10
const MIN_STEPS = 20_000
const MAX_STEPS = 500_000

const READERS: ByType<Found, [keys: Keys, flow: Flow]> = {
  Identifier: readIdentifier,
  ObjectExpression: readObject,
  ArrayExpression: (node, keys, flow) => readAny(placesInArray(node, keys, flow.code), flow),
  CallExpression: readCall,
  NewExpression: readNew,
  MemberExpression: readMember,
  ThisExpression: readThis,
  TemplateLiteral: ({ expressions }, keys, flow) =>
    leakOfPart(
      strongest(expressions, (each) => flow.read(each, [])),
      keys,
    ),
  TaggedTemplateExpression: readTagged,
  BinaryExpression: ({ operator, left, right }, keys, flow) =>
    operator === '+'
      ? leakOfPart(
          strongest([left, right], (each) => flow.read(each, [])),
          keys,
        )
      : undefined,
  YieldExpression: () => undefined,
  JSXElement: readElement,
  JSXFragment: readFragment,
}

function readMember(member: MemberExpression, keys: Keys, flow: Flow): Found {
  if (keys.length === 0 && isKnownText(member, flow.source)) return undefined
  const key = memberKey(member) ?? constantText(member.property, flow.source) ?? EACH
  const found = anyOf(
    () => flow.read(member.object, [key, ...keys]),
    () => ownLeak(member, keys, flow),
    () => (isPartOfPassword(member) ? ownLeak(member.object, keys, flow) : undefined),
  )
  const isSafe = found !== undefined && keys.length === 0 && isSafeByType(member, flow)
  return isSafe ? undefined : found
}

function dispatch(node: Node, keys: Keys, flow: Flow): Found {
  const choices = choicesOf(node)
  if (choices !== undefined) return strongest(choices, (each) => flow.read(each, keys))
  const reader = READERS[node.type] as ((node: Node, keys: Keys, flow: Flow) => Found) | undefined
  return reader?.(node, keys, flow)
}

/** The judgement that is left to the rule. */
export interface Judgement {
  /** Further names of functions whose result is safe. */
  readonly sanitizers: ReadonlySet<string>
  /** The names that count as those of secrets. */
  readonly names: NamePolicy
  /** Whether Secrets themselves, and names, may be left out. */
  readonly onlyExposed?: boolean
}

/**
 * Follows values backwards, from what is printed to where it comes from, within one file.
 *
 * Demand driven: nothing is examined that no sink needs, and each question about a value is answered once. (M. Sridharan,
 * D. Gopan, L. Shan, R. Bodík: Demand-driven points-to analysis for Java, OOPSLA 2005, for the idea.)
 */
export class Taint {
  readonly #flow: Flow
  readonly #questions = new Questions()
  readonly #known = new Map<object, Map<string, Question>>()
  readonly #frames = new Map<readonly Node[], Map<Frame | undefined, Flow>>()
  #steps = 0
  #frameCount = 0
  readonly #maxSteps: number

  constructor(
    source: SourceCode,
    code: LocalCode,
    types: TypeFacts | undefined,
    { sanitizers, names, onlyExposed = false }: Judgement,
  ) {
    const counts = (name: string, node: Node) => names(name, node, source)
    const most = Math.min(STEPS_PER_CHARACTER * source.text.length, MAX_STEPS)
    this.#maxSteps = Math.max(MIN_STEPS, most)
    const common = { source, code, types, sanitizers, counts, onlyExposed }
    const within = (frame: Frame | undefined): Flow => {
      const flow: Flow = {
        ...common,
        frame,
        outside: () => this.#flow,
        enter: (owner, given) =>
          this.#enter(given, frame, (id) =>
            within({ id, owner, arguments: given, outer: flow, depth: (frame?.depth ?? 0) + 1 }),
          ),
        read: (node, keys) => this.#read(node, keys, flow),
        ask: (subject, keys, find) => this.#ask(subject, keys, flow, find),
      }
      return flow
    }
    this.#flow = within(undefined)
  }

  /** Whether the file has more to follow than was followed. */
  get isSpent(): boolean {
    return this.#steps >= this.#maxSteps
  }

  /** The leak of printing `node`; with `through`, of what its method of that name hands to a callback. */
  of(node: Node, through?: string): Found {
    return through === undefined
      ? this.#flow.read(node, [])
      : readReceiver(node, through, [], this.#flow)
  }

  /** Whether `node` is a `Secret`, and not only something that holds one. */
  isSecret(node: Node): boolean {
    return isSecretObject(node, this.#flow)
  }

  /** Whether `call` takes the value out of a `Secret`. */
  isExposure(call: CallExpression): boolean {
    return isExposure(call, this.#flow)
  }

  #enter(given: readonly Node[], outer: Frame | undefined, make: (id: number) => Flow): Flow {
    const byOuter = this.#frames.get(given) ?? new Map<Frame | undefined, Flow>()
    this.#frames.set(given, byOuter)
    const flow = byOuter.get(outer) ?? make((this.#frameCount += 1))
    byOuter.set(outer, flow)
    return flow
  }

  #read(outer: Node, keys: Keys, flow: Flow): Found {
    // Before what is known of the node within, which stands elsewhere without the cast.
    if (keys.length > MAX_KEYS || isCastToSafe(outer, flow)) return undefined
    const node = unwrap(outer)
    return this.#ask(node, keys, flow, () => {
      const found = dispatch(node, keys, flow)
      return found && { ...found, path: { node, next: found.path } }
    })
  }

  #ask(subject: object, keys: Keys, { frame }: Flow, find: () => Found): Found {
    const known = this.#known.get(subject) ?? new Map<string, Question>()
    this.#known.set(subject, known)
    const accessPath = keys.join('.')
    const text = frame === undefined ? accessPath : `${String(frame.id)} ${accessPath}`
    const question =
      known.get(text) ??
      new Question(() => {
        if (this.isSpent) return undefined
        this.#steps += 1
        return find()
      })
    known.set(text, question)
    return this.#questions.answer(question)
  }
}

/** Reads an element of JSX: what stands in it, and what it is given. */
function readElement(element: TSESTree.JSXElement, keys: Keys, flow: Flow): Found {
  return anyOf(
    () => readParts(element.children, keys, flow),
    () => readAttributes(element.openingElement, keys, flow),
  )
}

/** Reads a fragment of JSX: what stands in it. */
function readFragment({ children }: TSESTree.JSXFragment, keys: Keys, flow: Flow): Found {
  return readParts(children, keys, flow)
}

/** A form is given the password that is typed into it, and a component a Secret: only the value is certain to be shown. */
function readAttributes({ attributes }: TSESTree.JSXOpeningElement, keys: Keys, flow: Flow): Found {
  const given = attributes.map((each) =>
    each.type === 'JSXSpreadAttribute' ? each.argument : each.value,
  )
  const found = readParts(given, keys, flow)
  return found?.kind === 'exposed' ? found : undefined
}

function readParts(parts: readonly (Node | null)[], keys: Keys, flow: Flow): Found {
  const values = parts.flatMap((each) => markupValue(each) ?? [])
  return leakOfPart(
    strongest(values, (each) => flow.read(each, [])),
    keys,
  )
}
