import { secret } from '../../secret.ts'
export function usage(problem: string): never {
  const lines = [problem, '', 'environment:', `  SIGNING_KEY=${secret.expose()}`]
  throw new Error(lines.join('\n'))
}
