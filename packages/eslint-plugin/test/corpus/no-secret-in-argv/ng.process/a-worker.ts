import { secret } from '../../secret.ts'
import { Worker } from 'node:worker_threads'
const worker = new Worker(new URL('./worker.js', import.meta.url), { argv: [secret.expose()] })
worker.unref()
