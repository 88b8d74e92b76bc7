import { secret } from '../../secret.ts'
declare const cache: { get(key: string, load: () => string): string }
export const key = cache.get('signing', () => secret.expose())
