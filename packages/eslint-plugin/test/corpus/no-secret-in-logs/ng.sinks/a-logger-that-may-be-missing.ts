import { secret } from '../../secret.ts'
export function load(options: { logger?: any }) {
  options.logger?.debug?.('loaded', secret.expose())
}
