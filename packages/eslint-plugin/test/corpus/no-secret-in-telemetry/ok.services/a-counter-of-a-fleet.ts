import { secret } from '../../secret.ts'
import { Counter, Histogram, register } from 'prom-client'
const uses = new Counter({ name: 'uses', help: 'Uses', labelNames: ['label'] })
const duration = new Histogram({ name: 'duration', help: 'Duration' })
export async function use(work: (key: string) => Promise<void>) {
  const stop = duration.startTimer()
  await work(secret.expose())
  uses.labels({ label: secret.label }).inc()
  stop()
  return register.metrics()
}
