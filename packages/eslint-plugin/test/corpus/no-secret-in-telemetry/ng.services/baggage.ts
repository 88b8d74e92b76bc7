import { secret } from '../../secret.ts'
import { propagation } from '@opentelemetry/api'
export const baggage = propagation.createBaggage({ key: { value: secret.expose() } })
