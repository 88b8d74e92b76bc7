import { secret } from '../../secret.ts'
import { createWriteStream } from 'node:fs'
const file = createWriteStream('/run/keys/signing')
file.write(secret.expose())
file.end()
