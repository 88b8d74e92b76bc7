// ---- a-cluster
import { secret } from '../../secret.ts'
import cluster from 'node:cluster'
cluster.setupPrimary({ exec: 'worker.js', args: ['--key', secret.expose()] }) // expect: exposedSecret
cluster.fork()

// ---- the-environment-of-a-cluster
import { secret } from '../../secret.ts'
import cluster from 'node:cluster'
cluster.setupPrimary({ exec: 'worker.js', args: ['--quiet'] })
cluster.fork({ KEY: secret.expose() })

// ---- a-worker
import { secret } from '../../secret.ts'
import { Worker } from 'node:worker_threads'
const worker = new Worker(new URL('./worker.js', import.meta.url), { argv: [secret.expose()] }) // expect: exposedSecret
worker.unref()

// ---- the-data-of-a-worker
import { secret } from '../../secret.ts'
import { Worker } from 'node:worker_threads'
export const worker = new Worker('./worker.js', {
  argv: ['--quiet'],
  workerData: { key: secret.expose() },
})

// ---- one-argument-of-the-process.js
import { argv } from 'node:process'
import { secret } from '../../secret.ts'
argv[2] = secret.expose() // expect: exposedSecret

// ---- an-argument-list-of-our-own
import { secret } from '../../secret.ts'
const argv: string[] = []
argv.push(secret.expose())
export const count = argv.length

// ---- the-arguments-of-the-process
import { secret } from '../../secret.ts'
process.argv.push('--key', secret.expose()) // expect: exposedSecret
await import('./cli.ts')

// ---- the-title
import { secret } from '../../secret.ts'
process.title = `worker ${secret.expose()}` // expect: exposedSecret

// ---- the-environment-of-the-process
import { secret } from '../../secret.ts'
process.env['KEY'] = secret.expose()
process.title = `worker for ${secret.label}`
