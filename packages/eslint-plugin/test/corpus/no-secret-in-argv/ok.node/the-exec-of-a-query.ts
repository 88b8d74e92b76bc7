import { secret } from '../../secret.ts'
import { DatabaseSync } from 'node:sqlite'
const database = new DatabaseSync(':memory:')
database.exec(`PRAGMA key = '${secret.expose()}'`)
