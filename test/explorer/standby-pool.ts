import type { AdminSqlPool } from '@rekey/secret/internal/kind'
import { answerOf, steadyAnswer } from './database-answers.ts'
import type { DatabaseModel } from './database-model.ts'
import type { Ask } from './far-side.ts'
import { type Answering, modelPool } from './model-pool.ts'
import { STANDBY, type StandbyModel } from './standby-model.ts'

/** The pool of an administrator on the standby of the model, each of whose statements `ask` makes. */
export function standbyPoolOf(model: DatabaseModel, standby: StandbyModel, ask: Ask): AdminSqlPool {
  const read = (label: string, rows: () => readonly object[] | undefined, text: string) => {
    // Sessions change as replicas log in.
    const object = text.includes('pg_stat_activity') ? 'alpha' : 'far side'
    return ask({ object, label, isWrite: false }, () => {
      const found = rows()
      if (found === undefined) throw new TypeError(`the model has no answer to: ${text}`)
      return found
    })
  }
  const answer: Answering = async (text, [value]) => {
    if (text.includes('pg_last_wal_replay_lsn')) {
      const isReplayed = () => standby.position >= Number(value)
      return read('asks how far the standby is', () => [{ done: isReplayed(), position: '' }], text)
    }
    const steady = steadyAnswer(text)
    if (steady !== undefined) return steady
    if (text.startsWith('select pg_terminate_backend')) {
      const call = { object: 'far side', label: 'ends sessions there', isWrite: true } as const
      return ask(call, () => {
        model.cut.push(...standby.terminate(Number(value)))
        return []
      })
    }
    return read('asks the standby', () => answerOf(standby, text, value), text)
  }
  return { ...modelPool(() => answer), options: STANDBY }
}
