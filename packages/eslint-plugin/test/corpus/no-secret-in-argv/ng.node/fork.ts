import { secret } from '../../secret.ts'
import { fork } from 'node:child_process'
fork('./worker.js', [secret.expose()], { silent: true })
