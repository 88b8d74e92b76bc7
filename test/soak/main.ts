import { randomInt } from 'node:crypto'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { STORE_KINDS, type StoreKind } from '@rekey/stack'
import { FAULTS } from './plan-rounds.ts'
import { soak } from './soak.ts'

const USAGE = `npm run soak -- [--store STORE] [--rounds N] [--seed N] [--fault NAME] [--people N]

Rotates each secret of a family once a round, by processes of rekey, while people call its services without a pause and
something fails. All that rekey prints is compared with the servers. Ends with a table, and with 1 if a call was lost, if
anything did not end, or if a sentence was false.

  --store STORE   dotenv, vault, aws or kubernetes                        (dotenv)
  --rounds N      how often each secret is rotated                        (10)
  --seed N        decides which fault comes in which round, and when: the
                  same seed plans the same                                (any)
  --fault NAME    only that one; may be repeated; default: each that the store has
                  ${FAULTS.slice(0, 5).join(', ')},
                  ${FAULTS.slice(5, 9).join(', ')},
                  ${FAULTS.slice(9).join(', ')}
  --people N      how many people call                                    (3)`

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'dotenv' },
    rounds: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    fault: { type: 'string', multiple: true },
    people: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
})
process.exit(await main())

async function main(): Promise<number> {
  const store = STORE_KINDS.find((kind): kind is StoreKind => kind === values.store)
  const faults = values.fault?.flatMap((name) => FAULTS.filter((known) => known === name))
  if (values.help || store === undefined || faults?.length !== values.fault?.length) {
    process.stdout.write(`${USAGE}\n`)
    return values.help ? 0 : 2
  }
  const onLine = (text: string) => void process.stdout.write(`${text}\n`)
  onLine(`seed ${values.seed}`)
  const tally = await soak({
    ...{ store, faults, onLine },
    rounds: Number(values.rounds),
    seed: Number(values.seed),
    people: Number(values.people),
  })
  onLine(`\n${tally.format()}`)
  return tally.hasFaults ? 1 : 0
}
