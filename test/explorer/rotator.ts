import { apiKeyKind } from '@rekey/api-key-auth/internal/rotate'
import type { Claim, RotationIntent } from '@rekey/rekey/internal/engine'
import {
  createMemoryJournal,
  rollBack,
  rotate,
  RotationError,
  type RotationJournal,
  sweepOrphans,
} from '@rekey/rekey/engine'
import { liveVersions } from '@rekey/secret/internal'
import type { SecretStore, StagedSecret } from '@rekey/secret'
import type { Answer, Fleet } from '@rekey/secret/internal/kind'
import { createFarSideRotation, type FarSide } from '@rekey/secret/kind'
import { Actor, CLAIMING, STOPPED } from './actor.ts'
import { doing } from './doing.ts'
import type { ReplicaModel } from './replica.ts'
import { farSideOf } from './far-side.ts'
import type { FarSideModel } from './far-side-model.ts'
import { type Order, TIMES } from './scenario.ts'
import { KEY, type World } from './world.ts'

/** How the work of a rotator ended. */
export type Ending = 'rotated' | 'rolled back' | 'leaked' | RotationError['code']

const READING = 'reads the store'

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
  #newestClaim: Claim | undefined

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
      ending = await this.#attempt(actor, task)
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

  async #attempt(actor: Actor, { request }: Task): Promise<Ending> {
    const { sabotage = {} } = this.#world.scenario
    const { order } = actor
    const compromised = order === 'rotate compromised'
    this.#world.looks = 0
    const { maxOverlapMs = TIMES.maxOverlapMs } = sabotage
    const { farSide } = this.#world
    const fleet = this.#fleetOf(actor)
    const kind =
      farSide === undefined
        ? apiKeyKind.rotation({
            ...{ sender: 'alpha', receiver: 'beta', environment: 'test' },
            ...{ ...TIMES, maxOverlapMs },
            ...{ fleet, fetch: this.#fetchOf(actor) },
          })
        : createFarSideRotation({
            ...{ ...TIMES, kind: 'toy', name: KEY, service: 'alpha', fleet, nonProduction: true },
            farSide: this.#farSideOf(actor, farSide),
          })
    const options = {
      ...{ store: this.#storeOf(actor), journal: this.#journalOf(actor, compromised) },
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
      const key = compromised ? 'leak' : request
      const rotated = await rotate(guarded, {
        ...options,
        compromised,
        ...(key && { request: key }),
      })
      this.#world.noteRotated(actor.epoch, rotated)
      if (farSide !== undefined && farSide.leftOver.size > 0) await sweepOrphans(guarded, options)
      return 'rotated'
    } catch (error) {
      if (error === STOPPED) return 'leaked'
      if (error instanceof RotationError) return error.code
      throw error
    }
  }

  #storeOf(actor: Actor): SecretStore {
    const world = this.#world
    const { store } = world
    const { attempt } = actor.known
    const ask = (label: string, work: () => Promise<StagedSecret>, expected?: string) => {
      const isWrite = label !== READING
      const isBeforeLeak = world.leak === undefined
      const describe = (staged: StagedSecret) => {
        const { leak } = world
        const wasTakenOver = isBeforeLeak && leak !== undefined && actor.epoch < leak.epoch
        world.note(staged, { isLate: wasTakenOver || attempt !== actor.known.attempt })
        if (!isWrite) actor.read = liveVersions(staged).map(({ version }) => version)
        const text = world.describe(staged)
        actor.known.stores.push(`${label} ${text}`)
        return text
      }
      return actor.ask<StagedSecret>({
        object: 'store',
        label,
        isWrite,
        isBeforeLeak,
        expected,
        effect: doing(work, describe),
      })
    }
    return {
      locator: 'model',
      read: (name) => ask(READING, () => store.read(name)),
      create: (name, value) => ask('creates', () => store.create(name, value)),
      stage: (name, value, at, options) =>
        ask('stages', () => store.stage(name, value, at, options), at),
      abort: (name, at) => ask('aborts', () => store.abort(name, at), at),
      promote: (name, at) => ask('promotes', () => store.promote(name, at), at),
      rollback: (name, at) => ask('rolls back', () => store.rollback(name, at), at),
      revoke: (name, at) => ask('revokes', () => store.revoke(name, at), at),
    }
  }

  #journalOf(actor: Actor, isEmergency: boolean): RotationJournal {
    const { journal: state, time, receipts, scenario } = this.#world
    const ask = <T>(label: string, work: () => Promise<T>, done: (value: T) => void) =>
      actor.ask<T>({
        ...{ object: 'journal', label, isWrite: true },
        effect: doing(work, (value) => {
          done(value)
          return 'done'
        }),
      })
    const extend = () => {
      state.leasedUntilMs = time.elapsedMs + TIMES.leaseMs
    }
    const kept = (intent: RotationIntent): RotationIntent => {
      const { forgetsEmergencies, isLateToNote } = scenario.sabotage ?? {}
      if (isLateToNote && intent.isClearing) return state.intent ?? intent
      const isForgotten = forgetsEmergencies && intent.mode === 'emergency'
      return isForgotten ? { ...intent, mode: 'forward' } : intent
    }
    const written = (epoch: number, intent: Claim['intent']) => () => {
      extend()
      if (isEmergency) this.#world.noteEmergency(epoch, actor.read)
      if (intent === undefined) return
      state.intent = kept(intent)
      actor.known.intent = intent
      for (const { version } of intent.receipts ?? []) receipts.add(version)
    }
    return {
      name: this.#journal.name,
      entries: (secrets) => this.#journal.entries(secrets),
      claim: async (...request) => {
        const claim = () => this.#journal.claim(...request)
        const own = await ask(CLAIMING, claim, (claimed) => {
          this.#newestClaim = claimed
          state.epoch = claimed.epoch
          state.isOfEmergency = isEmergency
          actor.epoch = claimed.epoch
          actor.known.intent = claimed.intent
          extend()
        })
        const under = () => (scenario.sabotage?.isUnfenced ? (this.#newestClaim ?? own) : own)
        const release = () => {
          if (own.epoch === state.epoch) state.leasedUntilMs = 0
        }
        return {
          ...{ epoch: own.epoch, intent: own.intent },
          ...{ takenFrom: own.takenFrom, begun: own.begun },
          setIntent: (intent) =>
            ask(
              'writes its intent',
              () => under().setIntent(kept(intent)),
              written(own.epoch, intent),
            ),
          record: (event, intent) => {
            const label = `records the ${event.phase} of ${event.step}`
            return ask(
              label,
              () => under().record(event, intent && kept(intent)),
              written(own.epoch, intent),
            )
          },
          renew: () => ask('renews its lease', () => under().renew(), extend),
          release: () => ask('releases the secret', () => own.release(), release),
        }
      },
    }
  }

  #fleetOf(actor: Actor): Fleet {
    const world = this.#world
    return {
      replicas: (service) =>
        Promise.resolve(world.of(asService(service)).map(({ listed }) => listed)),
      acknowledgements: ({ service }) => {
        const look = () => {
          world.looks += 1
          const answers = world.of(asService(service)).map((replica) => {
            return { replica: replica.listed, ack: replica.answer(world.latest) }
          })
          return Promise.resolve(answers)
        }
        const describe = (answers: readonly Answer[]) =>
          answers.map((answer) => this.#describe(answer)).join('; ')
        return actor.ask<Answer[]>({
          ...{ object: asService(service), label: `looks at ${service}`, isWrite: false },
          effect: doing(look, describe),
        })
      },
    }
  }

  #farSideOf(actor: Actor, model: FarSideModel): FarSide {
    const { attempt } = actor.known
    const isLate = () => actor.epoch < this.#world.journal.epoch || attempt !== actor.known.attempt
    return farSideOf(this.#world, model, (call, work) =>
      actor.ask({
        ...call,
        effect: doing(
          () => Promise.resolve(work(isLate())),
          (value) => this.#world.nameOf(String(value)),
        ),
      }),
    )
  }

  #fetchOf(actor: Actor): typeof fetch {
    return (input, init) => {
      const { hostname } = new URL(input instanceof Request ? input.url : input)
      const key = new Headers(init?.headers).get('authorization')?.replace('Bearer ', '') ?? ''
      const show = () => {
        const receiver = this.#world.of('beta').find(({ name }) => name === hostname)
        if (receiver?.answers() !== true) return Promise.reject(new TypeError('no answer'))
        const isAccepted = receiver.accepts(this.#world.versionOf(key) ?? '')
        return Promise.resolve(new Response(null, { status: isAccepted ? 204 : 401 }))
      }
      return actor.ask<Response>({
        ...{ object: 'beta', label: `shows the key to ${hostname}`, isWrite: false },
        effect: doing(show, ({ status }) => String(status)),
      })
    }
  }

  #describe({ replica, ack }: Answer): string {
    if (ack === undefined) return `${replica.url} does not answer`
    const nameOf = (version: string) => this.#world.nameOf(version)
    const versions = ack.versions.map(({ stage, version }) => `${stage} ${nameOf(version)}`)
    const uses = ack.usage.versions.map(
      ({ version, uses, failures }) => `${nameOf(version)} ${uses}/${failures}`,
    )
    return `${ack.replica} ${versions.join(', ')} (${uses.join(', ')})`
  }
}

function asService(service: string): ReplicaModel['service'] {
  return service === 'alpha' ? 'alpha' : 'beta'
}
