import { secret } from '../../secret.ts'
const { log } = console
log(secret.expose())
