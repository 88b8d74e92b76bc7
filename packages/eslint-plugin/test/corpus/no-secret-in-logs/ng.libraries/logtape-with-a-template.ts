import { secret } from '../../secret.ts'
import { getLogger } from '@logtape/logtape'
const auth = getLogger(['app', 'auth'])
auth.info`using ${secret.expose()}`
