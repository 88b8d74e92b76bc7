import { type Secret, secret } from '../../secret.ts'
const secrets: Record<string, Secret<unknown>> = { database: secret }
secrets['oidc'] = secret
export default secrets
