import { secret } from '../../secret.ts'
import { execFile } from 'node:child_process'
execFile('openssl', ['pkcs12', '-passin', `pass:${secret.expose()}`], () => undefined)
