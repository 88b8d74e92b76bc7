import { loadService } from '@rekey/config-loader'
import { definition } from './secrets.ts'

const env = await loadService(definition, { environment: 'production' })

export const apiKey = env.secrets.signing
