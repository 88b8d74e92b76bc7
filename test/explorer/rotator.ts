import type { RotationOptions } from '@rekey/rekey/internal/engine'
import {
  createMemoryJournal,
  rollBack,
  rotate,
  RotationError,
  type RotationJournal,
  sweepOrphans,
} from '@rekey/rekey/engine'
import { SecretError } from '@rekey/secret'
import { Actor, STOPPED } from './actor.ts'
import { connectingBy } from './database-connections.ts'
import { journalInPostgres } from './journal-in-postgres.ts'
import { journalInStore } from './journal-in-store.ts'
import { journalOf } from './journal-calls.ts'
import { JournalTable } from './journal-table.ts'
import { kindOf, logInOf } from './kind-of-world.ts'
import { type Order, TIMES } from './scenario.ts'
import { storeOf } from './store-calls.ts'
import type { World } from './world.ts'

/** How the work of a rotator ended. */
export type Ending = 'rotated' | 'rolled back' | 'leaked' | RotationError['code']

/** A task of a rotator. */
interface Task {
  readonly order: Order
  readonly afterMs: number
  readonly attempts: number
  /** Rotators with the same one carry out one rotation. */
  readonly request?: string
}

/** The rotators of a world: the real engine with the real kind, whose every call to the outside is a call of an actor. */
export class Rotators {
  readonly #world: World
  readonly #journal: RotationJournal

  constructor(world: World) {
    this.#world = world
    this.#journal = createMemoryJournal(new Actor('journal', world.time).clock)
  }

  /** Has a new rotator carry out a task, again and again until it is done. */
  async carryOut(name: string, task: Task): Promise<Ending | undefined> {
    const actor = new Actor(name, this.#world.time)
    this.#world.actors.push(actor)
    if (task.afterMs > 0) await actor.clock.sleep(task.afterMs)
    let ending: Ending | undefined
    let left = task.attempts
    while (left > 0) {
      actor.begin()
      actor.order = actor.isStopped ? 'rotate compromised' : task.order
      ending = await connectingBy(logInOf(this.#world, actor), () => this.#attempt(actor, task))
      if (actor.isStopped && actor.order === 'rotate') continue
      if (ending === 'rotated' || ending === 'rolled back') break
      if (actor.order === 'rotate compromised' && !this.#mayBe(ending)) {
        this.#world.stopped ??= ending
      }
      left -= 1
      if (left > 0) await actor.clock.sleep(TIMES.leaseMs)
    }
    actor.state = 'ended'
    this.#world.log(`${name} ends: ${ending}`)
    return ending
  }

  /** Another emergency may be at work, and is not taken over. */
  #mayBe(ending: Ending | undefined): boolean {
    return ending === 'busy' && !this.#world.scenario.faults.includes('take-over')
  }

  /** The journal that an actor uses, unless it does not answer. */
  async #openJournal(actor: Actor): Promise<RotationJournal | undefined> {
    const isEmergency = actor.order === 'rotate compromised'
    const { scenario, journal } = this.#world
    if (scenario.isJournalInPostgres === true) {
      journal.table ??= new JournalTable()
      return journalInPostgres(this.#world, journal.table, actor)
    }
    if (scenario.isJournalInStore !== true)
      return journalOf(this.#world, actor, { journal: this.#journal, isEmergency })
    try {
      return await journalInStore(this.#world, actor)
    } catch (error) {
      if (!(error instanceof SecretError)) throw error
      return undefined
    }
  }

  async #attempt(actor: Actor, { request }: Task): Promise<Ending> {
    const { sabotage = {} } = this.#world.scenario
    const { order } = actor
    const isEmergency = order === 'rotate compromised'
    this.#world.looks = 0
    const { farSide } = this.#world
    const kind = kindOf(this.#world, actor)
    const journal = await this.#openJournal(actor)
    if (journal === undefined) return 'stopped'
    const options = {
      store: storeOf(this.#world, actor),
      journal,
      audit: auditOf(this.#world),
      ...{ holder: actor.name, leaseMs: TIMES.leaseMs, clock: actor.clock },
      ...(order === 'rotate' && { signal: actor.signal }),
      onEvent: ({ step, phase }: { step: string; phase: string }) => {
        if (phase === 'begin') actor.begin(step)
      },
    }
    const guarded = sabotage.kind?.(kind) ?? kind
    try {
      if (order === 'roll back') {
        await rollBack(guarded, options)
        return 'rolled back'
      }
      const key = isEmergency ? 'leak' : request
      const rotated = await rotate(guarded, {
        ...options,
        compromised: isEmergency,
        ...(key && { request: key }),
      })
      this.#world.noteRotated(actor.epoch, rotated)
      if (farSide !== undefined && farSide.leftOver.size > 0) await sweepOrphans(guarded, options)
      return 'rotated'
    } catch (error) {
      if (error === STOPPED) return 'leaked'
      if (error instanceof RotationError) {
        this.#world.noteEnd(actor, error)
        return error.code
      }
      throw error
    }
  }
}

/** An audit log that takes everything at once. */
function auditOf({ audited }: World): NonNullable<RotationOptions['audit']> {
  return {
    record({ action, details }) {
      const epoch = Number(details?.['epoch'] ?? 0)
      const isLate = details?.['reason'] === 'end-not-recorded'
      audited.push({ step: action.replace('rotation.', ''), epoch, isLate })
      return Promise.resolve()
    },
  }
}
