import { secret } from '../../secret.ts'
import { Worker } from 'node:worker_threads'
const worker = new Worker('./sign.js', { workerData: { key: secret.expose() } })
worker.on('message', (message) => console.log(message))
worker.on('error', (error) => console.error(error))
