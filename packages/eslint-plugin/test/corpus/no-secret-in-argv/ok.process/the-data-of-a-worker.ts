import { secret } from '../../secret.ts'
import { Worker } from 'node:worker_threads'
export const worker = new Worker('./worker.js', {
  argv: ['--quiet'],
  workerData: { key: secret.expose() },
})
