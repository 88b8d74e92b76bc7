import { secret } from '../../secret.ts'
import { captureException } from '@sentry/node'
declare function connect(key: string): Promise<void>
await connect(secret.expose()).catch((error) => captureException(error))
