// ---- an-array-of-exposed-versions
import { secret, type SecretVersion } from '../../secret.ts'

export function accepts(presented: string, previous?: SecretVersion): boolean {
  return [secret.expose(), previous?.value.expose()].includes(presented) // expect: secretCompared
}
