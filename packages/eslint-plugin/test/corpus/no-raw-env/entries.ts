// ---- main
import 'dotenv/config'
import { loadService } from '@rekey/config-loader'
import { definition } from './secrets.ts'

await loadService(definition, { env: process.env, environment: process.env.APP_ENVIRONMENT })
