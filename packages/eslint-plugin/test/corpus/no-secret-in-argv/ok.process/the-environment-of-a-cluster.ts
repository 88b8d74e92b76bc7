import { secret } from '../../secret.ts'
import cluster from 'node:cluster'
cluster.setupPrimary({ exec: 'worker.js', args: ['--quiet'] })
cluster.fork({ KEY: secret.expose() })
