import { secret } from '../../secret.ts'
export function report(logger: any, level: 'info' | 'warn') {
  logger[level]('key', secret.label)
}
