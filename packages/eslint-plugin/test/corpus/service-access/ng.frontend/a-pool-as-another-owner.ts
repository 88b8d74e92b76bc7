// @reports owner
import { openRotatingPool } from '@rekey/db-pool-rotator'
declare const secrets: { database: never }
export const pool = await openRotatingPool({
  credentials: secrets.database,
  ownerRole: 'certtransparency',
})
