import { secret } from '../../secret.ts'
import pg from 'pg'
const pool = new pg.Pool({ host: 'localhost', password: secret.expose() })
console.log(pool.totalCount, pool.idleCount)
