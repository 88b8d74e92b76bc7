import { getSecret } from './secrets.ts'

export const dbPassword = getSecret('DB_PASSWORD', 'postgres')
