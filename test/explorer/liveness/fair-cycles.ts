/** A system of actors: its first state, and what can happen in each. */
export interface Model<S> {
  readonly first: S
  moves(state: S): Move<S>[]
  /** Whether all that was to happen has happened. */
  isOver(state: S): boolean
}

/** One thing that can happen. */
export interface Move<S> {
  /** What happens, and to whom if there are several. */
  readonly what: string
  readonly who?: number
  /** Whether it may happen and need not. */
  readonly isFault?: boolean
  readonly to: S
}

/** What was found in all states of a model. */
export interface Exploration<S> {
  readonly states: number
  /** A state in which nothing can happen, though it is not over. */
  readonly stuck?: S
  /** States among which a run can go on for ever, though every actor that can always move does so. */
  readonly endless?: readonly S[]
}

/**
 * Explores a model whole, for runs that do not end. Each actor is weakly fair: one that can move from some time on in every state does
 * move. Such a run stays, from some time on, in one strongly connected component in which each actor moves, or cannot move somewhere.
 *
 * Source: C. Baier, J.-P. Katoen, "Principles of Model Checking" (2008), 3.5 and 6.5; R. Tarjan, "Depth-first search and linear graph
 * algorithms" (1972).
 */
export function explore<S>(model: Model<S>): Exploration<S> {
  const { states, edges } = listStates(model)
  const n = states.findIndex((state, at) => edges[at]?.length === 0 && !model.isOver(state))
  const stuck = states[n]
  const actors = new Set(edges.flat().flatMap(({ actor }) => (actor === undefined ? [] : [actor])))
  const fair = components(edges).find((component) => isFairRun(component, edges, actors))
  const endless = fair && Array.from(fair, (at) => states[at] as S)
  return {
    states: states.length,
    ...(stuck !== undefined && { stuck }),
    ...(endless && { endless }),
  }
}

interface Edge {
  readonly actor: string | undefined
  readonly to: number
}

function listStates<S>(model: Model<S>) {
  const states = [model.first]
  const numbers = new Map([[JSON.stringify(model.first), 0]])
  const edges: Edge[][] = []
  for (let at = 0; at < states.length; at += 1) {
    const state = states[at] as S
    edges[at] = (model.isOver(state) ? [] : model.moves(state)).map(
      ({ what, who = '', isFault, to }) => {
        const actor = isFault ? undefined : `${what} ${who}`
        const key = JSON.stringify(to)
        const number = numbers.get(key) ?? states.push(to) - 1
        numbers.set(key, number)
        return { actor, to: number }
      },
    )
  }
  return { states, edges }
}

function isFairRun(component: ReadonlySet<number>, edges: Edge[][], actors: ReadonlySet<string>) {
  const moving = new Set<string | undefined>()
  const waiting = new Set<string>()
  let isCycle = false
  for (const at of component) {
    const all = edges[at] ?? []
    for (const { actor, to } of all) {
      if (!component.has(to)) continue
      isCycle = true
      moving.add(actor)
    }
    const able = new Set(all.map(({ actor }) => actor))
    for (const actor of actors) if (!able.has(actor)) waiting.add(actor)
  }
  return isCycle && [...actors].every((actor) => moving.has(actor) || waiting.has(actor))
}

/** Tarjan's strongly connected components, without recursion. */
function components(edges: Edge[][]): Set<number>[] {
  const found: Set<number>[] = []
  const [order, low, stack] = [new Map<number, number>(), new Map<number, number>(), [] as number[]]
  const onStack = new Set<number>()
  const path: { at: number; next: number }[] = []
  const enter = (at: number) => {
    order.set(at, order.size)
    low.set(at, order.size - 1)
    stack.push(at)
    onStack.add(at)
    path.push({ at, next: 0 })
  }
  const lower = (at: number, to: number) => low.set(at, Math.min(low.get(at) ?? 0, to))
  enter(0)
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const { at } = top
    const edge = edges[at]?.[top.next]
    top.next += 1
    if (edge === undefined) {
      path.pop()
      if (path.length > 0) lower(path.at(-1)?.at ?? 0, low.get(at) ?? 0)
      if (low.get(at) !== order.get(at)) continue
      const component = new Set(stack.splice(stack.lastIndexOf(at)))
      for (const each of component) onStack.delete(each)
      found.push(component)
    } else if (!order.has(edge.to)) enter(edge.to)
    else if (onStack.has(edge.to)) lower(at, order.get(edge.to) ?? 0)
  }
  return found
}
