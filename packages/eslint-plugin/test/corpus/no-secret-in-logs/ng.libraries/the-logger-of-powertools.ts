import { secret } from '../../secret.ts'
import { Logger } from '@aws-lambda-powertools/logger'
const tools = new Logger({ serviceName: 'signing' })
tools.appendKeys({ key: secret.expose() })
