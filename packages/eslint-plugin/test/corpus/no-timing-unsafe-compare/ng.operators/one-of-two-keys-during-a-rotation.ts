import { secret, type Secret } from '../../secret.ts'

export function accepts(presented: string, previous: Secret): boolean {
  return [secret, previous].some((one) => one.expose() === presented)
}
