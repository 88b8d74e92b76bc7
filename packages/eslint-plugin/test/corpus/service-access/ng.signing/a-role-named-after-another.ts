// @reports owner
import { openRotatingPool } from '@rekey/db-pool-rotator'
declare const credentials: never
const ownerRole = 'frontend_owner'
export const pool = await openRotatingPool({ credentials, ownerRole })
