// @typed
import { Worker } from 'node:worker_threads'
import { secret } from '../../secret.ts'
const worker = new Worker('./sign.js')
worker.postMessage(secret)
