// @reports kind
import { postgresLogin } from '@rekey/db-pool-rotator'
export const secrets = { database: postgresLogin({ ownerRole: 'signing' }) }
export const issue = () => secrets
