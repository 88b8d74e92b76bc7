import { codeOf } from '../code/code-of.ts'
import type { LocalCode } from '../code/local-code.ts'
import { perFile } from '../per-file.ts'
import { variableOf } from '../syntax/constants.ts'
import type { Node, Variable } from '../syntax/nodes.ts'
import { groupBy } from '../../group-by.ts'
import { keyOf, unwrap } from '../syntax/syntax.ts'
import type { Place } from './access-path.ts'
import { type How, isElement, isSame, type Step } from './step.ts'
import { stepsFrom } from './steps.ts'

/** More than code of people needs; what a program wrote may come from everywhere. */
const MOST_STEPS = 500

/** A place on the way back, and the steps from there. */
interface Visit extends Place {
  readonly steps: readonly Step[] | undefined
}

/** Visits `start`, what it is made of, what that is made of, and so on, each once, by the steps that `follow` allows. */
function* walk(
  start: Place,
  code: LocalCode,
  follow: (step: Step) => boolean,
  enter: (place: Place) => boolean,
): Generator<Visit> {
  const isNew = newPlaces()
  const left: Place[] = [start]
  let inParts = 0
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const place = { node: unwrap(next.node), keys: next.keys }
    if (!isNew(place)) continue
    if (inParts > MOST_STEPS) return
    const steps = enter(place) ? stepsFrom(place, code) : undefined
    if (place.keys.length > 0) inParts += steps?.length ?? 1
    yield { ...place, steps }
    // The first one is looked at first.
    left.push(...(steps?.filter(follow) ?? []).toReversed())
  }
}

/** A test whether a place comes for the first time. */
export function newPlaces(): (place: Place) => boolean {
  const seen = new Map<Node, Set<string>>()
  return ({ node, keys }) => {
    const ways = seen.get(node) ?? new Set()
    seen.set(node, ways)
    const way = keys.join('\n')
    return !ways.has(way) && ways.add(way).has(way)
  }
}

const INSIDE: ReadonlySet<How> = new Set(['is', 'held', 'part', 'again', 'over'])

/** `node`, what it consists of, what that consists of, and so on; looks no further into nodes for which `enter` is false. */
export function* provenanceOf(
  node: Node,
  code: LocalCode,
  enter: (node: Node) => boolean = () => true,
): Generator<Node> {
  const start = { node, keys: [] }
  const follow = ({ how }: Step) => INSIDE.has(how)
  for (const place of walk(start, code, follow, (each) => enter(each.node))) {
    if (isElement(place.keys)) yield place.node
  }
}

/** Where a value may come from. */
interface Reached {
  /** The nodes at which the way back ends. */
  readonly ends: readonly Node[]
  /** Values put into it on the way: `options.password = 'x'`. */
  readonly puts: readonly Step[]
}

/**
 * Follows `node` back to where the value is written, through all that may be it, also what callers give, or to the first
 * node that is an end. What is put together of parts has no single place, and is an end itself.
 */
export function reachedFrom(
  node: Node,
  code: LocalCode,
  isEnd: (node: Node) => boolean = () => false,
): Reached {
  const ends: Node[] = []
  const puts: Step[] = []
  let left = MOST_STEPS
  const enter = (place: Place) => place.keys.length > 0 || !isEnd(place.node)
  for (const { node: each, keys, steps } of walk({ node, keys: [] }, code, mayBe, enter)) {
    if (left === 0) break
    left -= 1
    const isFollowed = steps?.some(mayBe) === true
    if (keys.length === 0 && !isFollowed) ends.push(each)
    puts.push(...(steps?.filter(({ into }) => into !== undefined) ?? []))
  }
  return { ends, puts }
}

function mayBe(step: Step): boolean {
  return isSame(step) || step.how === 'given'
}

/** A property of an object, by the last of the keys that lead to it. */
export interface NamedValue {
  readonly name: string
  readonly node: Node
}

/** The properties of the objects that `node` may be, and what is put into them; not those of objects in them. */
export function propertiesReached(node: Node, code: LocalCode): readonly NamedValue[] {
  return propertiesOfOwner(ownerOfProperties(node, code), code.source)
}

/** Those of {@link propertiesReached} that are called `name`. */
export function propertiesNamed(node: Node, name: string, code: LocalCode): readonly NamedValue[] {
  return propertiesByName(ownerOfProperties(node, code), code.source).get(name) ?? []
}

/** Every use of a variable has the properties of all that it may be, so that they are sought once. */
export function ownerOfProperties(node: Node, { source }: LocalCode): Variable | Node {
  const bare = unwrap(node)
  return (bare.type === 'Identifier' ? variableOf(bare, source) : undefined) ?? bare
}

const propertiesByName = perFile((owner: Variable | Node, source) =>
  groupBy(propertiesOfOwner(owner, source), ({ name }) => name),
)

const propertiesOfOwner = perFile((owner: Variable | Node, source): readonly NamedValue[] => {
  const node = 'references' in owner ? owner.identifiers[0] : owner
  return node === undefined ? [] : propertiesIn(node, codeOf(source), new Set<Node>())
})

function propertiesIn(node: Node, code: LocalCode, seen: Set<Node>): NamedValue[] {
  const { ends, puts } = reachedFrom(node, code)
  const own = ends.flatMap((end): NamedValue[] => {
    if (end.type !== 'ObjectExpression' || seen.has(end)) return []
    seen.add(end)
    return end.properties.flatMap((each) =>
      each.type === 'Property'
        ? [{ name: keyOf(each) ?? '', node: each.value }]
        : propertiesIn(each.argument, code, seen),
    )
  })
  const named = puts.map(({ into, node: value }) => ({ name: into?.at(-1) ?? '', node: value }))
  return [...own, ...named]
}
