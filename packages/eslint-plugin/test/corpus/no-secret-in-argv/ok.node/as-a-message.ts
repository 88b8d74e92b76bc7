import { secret } from '../../secret.ts'
import { fork } from 'node:child_process'
const worker = fork('./worker.js', ['--quiet'])
worker.send({ key: secret.expose() })
