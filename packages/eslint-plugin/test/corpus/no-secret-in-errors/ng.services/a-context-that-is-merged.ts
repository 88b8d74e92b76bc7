import { secret } from '../../secret.ts'
import { ServiceError } from './service-error.ts'
const context = { service: 'signing', url: 'https://signing', apiKey: secret.expose() }
export const unreachable = (cause: unknown) =>
  new ServiceError('unreachable', { ...context, cause })
