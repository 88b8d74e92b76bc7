import { secret } from '../../secret.ts'
import * as crypto from 'node:crypto'
const fingerprint = crypto.hash('sha256', secret.expose())
console.log({ fingerprint })
