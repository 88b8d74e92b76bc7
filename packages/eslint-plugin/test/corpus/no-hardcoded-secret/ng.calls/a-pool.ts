import { Pool } from 'pg'

export const pool = new Pool({ host: 'db', user: 'app', password: 'admin', database: 'app' })
