import type { Claim, RotationIntent } from '@rekey/rekey/internal/engine'
import type { RotationJournal } from '@rekey/rekey/engine'
import { type Actor, CLAIMING } from './actor.ts'
import { DatabaseModel } from './database-model.ts'
import { intentIn, transactionsOf } from './database-pool.ts'
import { doing } from './doing.ts'
import { askOf } from './kind-of-world.ts'
import { TIMES } from './scenario.ts'
import type { World } from './world.ts'

/** The newest claim of each journal, under which a rotator writes where there is no fence. */
const newest = new WeakMap<World, Claim>()

/** The journal of a world, each of whose calls is one of an actor. */
export function journalOf(
  world: World,
  actor: Actor,
  { journal, isEmergency }: { readonly journal: RotationJournal; readonly isEmergency: boolean },
): RotationJournal {
  const { journal: state, time, receipts, scenario } = world
  const ask = <T>(label: string, work: () => Promise<T>, done: (value: T) => void) =>
    actor.ask<T>({
      ...{ object: 'journal', label, isWrite: true },
      effect: () => {
        world.meet(actor)
        return doing(work, (value) => {
          done(value)
          return 'done'
        })()
      },
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
    if (isEmergency) world.noteEmergency(epoch, actor.read)
    if (intent === undefined) return
    state.intent = kept(intent)
    actor.known.intent = intent
    for (const { version } of intent.receipts ?? []) receipts.add(version)
  }
  const claimedBy = (own: Claim): Claim => {
    const under = () => (scenario.sabotage?.isUnfenced ? (newest.get(world) ?? own) : own)
    const release = () => {
      if (own.epoch === state.epoch) state.leasedUntilMs = 0
    }
    const renew = () => ask('renews its lease', () => under().renew(), extend)
    const { farSide: model } = world
    const isOnServer = scenario.isJournalOnServer === true && model instanceof DatabaseModel
    return {
      ...{ epoch: own.epoch, intent: own.intent },
      ...{ takenFrom: own.takenFrom, renew },
      begun: scenario.sabotage?.forgetsSteps ? undefined : own.begun,
      async setIntent(intent, client) {
        if (client !== undefined) intentIn(client).intent = intent
        else
          await ask(
            'writes its intent',
            () => under().setIntent(kept(intent)),
            written(own.epoch, intent),
          )
      },
      record: (event, intent) => {
        const label = `records the ${event.phase} of ${event.step}`
        return ask(
          label,
          () => under().record(event, intent && kept(intent)),
          written(own.epoch, intent),
        )
      },
      release: () => ask('releases the secret', () => own.release(), release),
      ...(isOnServer && {
        transaction: transactionsOf({
          model,
          renew,
          ask: askOf(world, actor),
          async fenced(intent) {
            await (intent === undefined ? under().renew() : under().setIntent(kept(intent)))
            written(own.epoch, intent)()
          },
        }),
      }),
    }
  }
  return {
    name: journal.name,
    entries: (secrets) => journal.entries(secrets),
    claim: async (...request) => {
      const claim = () => journal.claim(...request)
      const own = await ask(CLAIMING, claim, (claimed) => {
        newest.set(world, claimed)
        state.epoch = claimed.epoch
        state.holder = actor.name
        state.isOfEmergency = isEmergency
        actor.epoch = claimed.epoch
        actor.known.intent = claimed.intent
        extend()
      })
      return claimedBy(own)
    },
  }
}
