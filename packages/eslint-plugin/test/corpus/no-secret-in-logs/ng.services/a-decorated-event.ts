import { secret } from '../../secret.ts'
import { logger } from './logger.ts'
type Event = { name: string; at: number; detail?: unknown }
const withTime = (event: Omit<Event, 'at'>): Event => ({ ...event, at: Date.now() })
logger.info(withTime({ name: 'key.loaded', detail: { key: secret.expose() } }))
