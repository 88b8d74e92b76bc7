import { setTimeout as delay } from 'node:timers/promises'
import { isAnswered } from './type-page.ts'

const WORKERS = 4
const PAUSE_MS = 5

/** Requests to a service that is replaced while they go on. */
export interface ReplicaLoad {
  /** Ends it. Gives the number of requests to each replica, and the reason of each that failed. */
  readonly stop: () => Promise<{ answered: number[]; failed: unknown[] }>
}

/** Sends requests as a load balancer does, without a pause: to the latest of the replicas that has answered yet. */
export function startReplicaLoad(replicas: readonly string[]): ReplicaLoad {
  const answered = replicas.map(() => 0)
  const failed: unknown[] = []
  let latest = -1
  let isOver = false
  const work = async () => {
    while (!isOver) {
      const next = replicas[latest + 1]
      const seen = latest
      if (next !== undefined && (await isAnswered(next))) latest = Math.max(latest, seen + 1)
      const url = replicas[latest]
      if (url !== undefined) {
        if (await isAnswered(url)) answered[latest] = (answered[latest] ?? 0) + 1
        else failed.push(url)
      }
      await delay(PAUSE_MS)
    }
  }
  const ended = Promise.all(Array.from({ length: WORKERS }, work))
  return {
    async stop() {
      isOver = true
      await ended
      return { answered, failed }
    },
  }
}
