import { secret } from '../../secret.ts'
process.title = `worker ${secret.expose()}`
