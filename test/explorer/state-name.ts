import { hash } from 'node:crypto'
import type { Actor } from './actor.ts'
import { describeEntry } from './journal-in-store.ts'
import type { World } from './world.ts'

/** Two replicas that differ by their names alone: receivers, or all where there is a far side. */
const SWAPPED = new Map([
  ['beta-0', 'beta-1'],
  ['beta-1', 'beta-0'],
])
const SWAPPED_AT_FAR_SIDE = new Map([
  ['alpha-0', 'alpha-1'],
  ['alpha-1', 'alpha-0'],
])
const AS_IT_IS = new Map<string, string>()
const EPOCH_TIME = 1e12

/**
 * Names the state of a world, the same for two from which the same can follow: times count from now, versions by when they came, and
 * two receivers that are equal may change places.
 */
export function nameState(world: World): string {
  const swapped = world.farSide === undefined ? SWAPPED : SWAPPED_AT_FAR_SIDE
  // A real sender calls one receiver after the other.
  const renamings = world.scenario.areReplicasLoaded ? [AS_IT_IS] : [AS_IT_IS, swapped]
  const names = renamings.map((renamed) => new StateName(world, renamed).text)
  return hash('sha1', names.toSorted()[0] ?? '', 'base64')
}

class StateName {
  readonly #world: World
  readonly #renamed: ReadonlyMap<string, string>

  constructor(world: World, renamed: ReadonlyMap<string, string>) {
    this.#world = world
    this.#renamed = renamed
  }

  get text(): string {
    const { latest, journal, replicas, actors, receipts, faultsLeft, time, leak, farSide } =
      this.#world
    const { faults } = this.#world.scenario
    return JSON.stringify([
      this.#world.describe(latest),
      [
        ...[journal.epoch, Math.max(0, journal.leasedUntilMs - time.elapsedMs)],
        journal.isOfEmergency,
      ],
      this.#canonical(journal.intent),
      this.#sorted(
        replicas.map((replica) => {
          const { name, isListed, isLate, isMute, lie, dropped, held, kept, isKeeping } = replica
          const known = [this.#world.describe(held), dropped, replica.state(latest)]
          const keeping = isKeeping || kept !== undefined ? [isKeeping, kept] : []
          return [name, isListed, isLate, isMute, lie, ...known, ...keeping]
        }),
      ),
      actors.map((actor) => this.#stateOf(actor)),
      this.#sorted([...receipts]),
      faultsLeft,
      ...(farSide === undefined
        ? []
        : [
            ...[this.#sorted(farSide.accepted), this.#sorted([...farSide.leftOver])],
            ...[farSide.isDeaf, farSide.late.map(({ label }) => label), farSide.state],
          ]),
      ...(journal.table === undefined ? [] : [this.#canonical(journal.table.state)]),
      ...(journal.entry === undefined ? [] : [describeEntry(this.#world, journal.entry)]),
      ...(faults.includes('stale read') ? [this.#before] : []),
      leak && [this.#sorted([...leak.versions]), leak.ending, leak.promotedLate],
    ])
  }

  get #before(): unknown {
    const { before, journal } = this.#world
    return [
      before && this.#world.describe(before),
      journal.before && describeEntry(this.#world, journal.before),
    ]
  }

  #stateOf(actor: Actor): unknown {
    const { state, order, isStopped, epoch, known, memory, sleepsMs, calls, unread } = actor
    if (state === 'dead' || state === 'ended') return state
    const now = this.#world.time.elapsedMs
    return [
      [state, order, isStopped, sleepsMs, unread.length],
      epoch === this.#world.journal.epoch,
      this.#sorted(calls.map(({ label, isLate, isBeforeLeak }) => [label, isLate, isBeforeLeak])),
      this.#canonical(known),
      memory.map(({ atMs, text }) => [now - atMs, this.#sorted(text.split('; '))]),
    ]
  }

  #sorted(values: readonly unknown[]): string[] {
    return values.map((each) => JSON.stringify(this.#canonical(each))).sort()
  }

  #canonical(value: unknown): unknown {
    const { startMs, elapsedMs } = this.#world.time
    if (typeof value === 'number') {
      return value > EPOCH_TIME ? `${startMs + elapsedMs - value} ms ago` : value
    }
    if (typeof value === 'string') {
      return this.#world
        .nameOf(value)
        .replace(/(?:alpha|beta)-[01]/g, (name) => this.#renamed.get(name) ?? name)
    }
    if (Array.isArray(value)) return value.map((each) => this.#canonical(each))
    if (typeof value !== 'object' || value === null) return value ?? null
    return this.#sorted(Object.entries(value))
  }
}
