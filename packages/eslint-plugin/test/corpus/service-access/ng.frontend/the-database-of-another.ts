// @reports owner
import { postgresLogin } from '@rekey/db-pool-rotator'
export const secrets = { database: postgresLogin({ ownerRole: 'certtransparency' }) }
