import { secret } from '../../secret.ts'
process.env['KEY'] = secret.expose()
process.title = `worker for ${secret.label}`
