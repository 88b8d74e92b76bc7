import { actAs } from './acting.ts'
import { CallCount } from './call-count.ts'
import { rotationBy } from './declared-rotation.ts'
import { holding, type KindWorld } from './kind-world.ts'
import type { Network } from './network.ts'
import { createReader, PublishedSet } from './published-set.ts'
import { LIFE_MS, readBySet, type SigningRow } from './signing-rows.ts'
import type { WorldParts } from './world-parts.ts'

const NAME = 'work'
/** Of what lives on, which is forgotten then. */
const MOST_KEPT = 40
const NO_DRIVER = {}

/** What a replica has made, which any other one may be shown. */
interface Made {
  readonly id: string
  text: string
  readonly endsAt: number
}

/** A secret by which each replica of alpha makes something at each call, and reads what another one has made; beta may read it too. */
export function signingWorld<T>(
  row: SigningRow<T>,
  parts: WorldParts,
  network: Network,
): KindWorld {
  const { title, kind, entry, isKept = false } = row
  const { time, random } = parts
  const calls = new CallCount(parts, title)
  const secret = row.spec(NAME).nameFor('alpha')
  const firstValue = kind.issue?.(secret, { nonProduction: true }).expose() ?? ''
  const isPublished = entry !== undefined && 'jwks' in entry
  const set = isPublished ? new PublishedSet(parts, network) : undefined
  let all: readonly Made[] = []
  let count = 0
  const add = (make: (id: string) => string) => {
    const id = `${(count += 1)}`
    const endsAt = isKept ? Infinity : time.now() + LIFE_MS
    all = [...all, { id, text: make(id), endsAt }].slice(isKept ? -MOST_KEPT : 0)
  }
  const readOne = (from: string, read: (text: string, id: string) => void) => {
    all = all.filter(({ endsAt }) => endsAt > time.now())
    const one = all[random.between(0, all.length - 1)]
    if (one === undefined) return
    try {
      read(one.text, one.id)
    } catch (error) {
      calls.refuse(from)
      throw error
    }
  }
  const reencrypt = (prefix: string, anew: (text: string, id: string) => string) => {
    const old = all.filter(({ text }) => text.startsWith(prefix))
    for (const one of old) one.text = anew(one.text, one.id)
    return all.filter(({ text }) => text.startsWith(prefix)).length
  }
  const counted = (from: string, work: () => void | Promise<void>) => () =>
    calls.count(from, async () => {
      await work()
    })
  return {
    ...{ title, secret, firstValue, calls },
    parts: {
      alpha: holding(
        () => row.spec(NAME),
        (process, live) => {
          const as = { process, driver: NO_DRIVER }
          const { make, read, jwks, close } = actAs(as, () => row.follow(live, reencrypt))
          if (jwks !== undefined) set?.publish(process, jwks)
          return {
            call: counted(process.name, () => {
              add(make)
              readOne(process.name, read)
            }),
            replicaGoes() {
              set?.end(process)
              close()
            },
          }
        },
      ),
      ...(isPublished && {
        beta: {
          replicaComes: (process) => {
            const reader = { keepMs: LIFE_MS, elapsed: () => process.clock.elapsed() }
            const keys = createReader(network.fetchOf(process), reader)
            return {
              call: counted(process.name, async () => {
                if (set?.isThere !== true) return
                const known = await keys()
                readOne(process.name, (text, id) => {
                  readBySet(text, id, known)
                })
              }),
            }
          },
        },
      }),
    },
    rotates(process, given) {
      const declared = { name: secret, parties: ['alpha', NAME], entry }
      return rotationBy({ process, driver: NO_DRIVER }, kind, declared, { ...given, network })
    },
  }
}
