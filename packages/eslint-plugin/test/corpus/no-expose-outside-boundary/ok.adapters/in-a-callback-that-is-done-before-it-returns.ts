import type { Secret } from '../../secret.ts'
export function hasAny(lines: string[], secret: Secret) {
  const text = secret.expose()
  return lines.some((line) => line.includes(text))
}
