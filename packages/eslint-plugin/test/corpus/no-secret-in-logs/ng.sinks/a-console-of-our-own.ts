import { secret } from '../../secret.ts'
import { Console } from 'node:console'
const out = new Console(process.stderr)
out.log(secret.expose())
