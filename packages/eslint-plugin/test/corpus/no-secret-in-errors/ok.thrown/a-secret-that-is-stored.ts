import { secret } from '../../secret.ts'
declare const store: Map<string, { error?: string; key: string }>
store.set('signing', { error: 'none', key: secret.expose() })
