import { secret } from '../../secret.ts'
import { fork } from 'node:child_process'
const options = { env: { KEY: secret.expose() } }
fork('./worker.js', options)
