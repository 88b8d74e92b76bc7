import { secret } from '../../secret.ts'
const out = console
out.log(secret.expose())
